// SPDX-License-Identifier: MIT
/*
 * The list of free memory during boot, against a bitmap: every sequence of three calls of
 * ranges_give() and ranges_take() in seven pages, each followed by an allocation of every
 * size; and the result of ranges_take() for memory that was not all free.
 *
 * Cannot tell: how the boot loader's entries are used; the fuzzer's target `boot` does.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/boot.h>
#include <hv/printk.h>

#include "check.h"

#define PAGES 7u
#define BASE  0x100000u
#define OPS   (2 * PAGES * PAGES)

static u32 model; /* bit set: free */
static jmp_buf refused;
static bool may_refuse;

void cannot_boot(const char *fmt, ...)
{
	CHECK(may_refuse && strstr(fmt, "pieces"));
	longjmp(refused, 1);
}

static u32 address(u32 page)
{
	return BASE + page * PAGE_SIZE;
}

/* Checks that the list is sorted, does not overlap, and equals the bitmap. */
static void check_list(void)
{
	u32 seen = 0, i, page;

	for (i = 0; i < ranges_nr; i++) {
		CHECK(ranges[i].start < ranges[i].end);
		CHECK(!i || ranges[i - 1].end <= ranges[i].start);
		CHECK(ranges[i].start >= BASE && ranges[i].end <= address(PAGES));
		for (page = 0; page < PAGES; page++)
			if (address(page) >= ranges[i].start && address(page) < ranges[i].end)
				seen |= 1u << page;
	}
	CHECK(seen == model);
}

static u32 bits(u32 from, u32 to)
{
	u32 mask = 0;

	for (; from < to; from++)
		mask |= 1u << from;
	return mask;
}

/* Call number `op` of all: ranges_give() or ranges_take() from any page to any page. */
static void apply(u32 op)
{
	bool take = op & 1, whole;
	u32 from = op / 2 % PAGES, to = op / 2 / PAGES + 1, mask = bits(from, to), i;
	u32 all = 0;

	if (!take) {
		ranges_give(address(from), address(to));
		model |= mask;
	} else {
		/* The result is true if the memory lay in one range of the list. */
		for (i = 0; i < ranges_nr; i++)
			all |= ranges[i].start <= address(from) && ranges[i].end >= address(to);
		whole = ranges_take(address(from), address(to));
		CHECK(whole == (from < to && all));
		CHECK(!whole || (model & mask) == mask);
		model &= ~mask;
	}
	check_list();
}

static void try_alloc(u32 pages)
{
	struct range kept[RANGES_MAX];
	u32 nr = ranges_nr, was = model, at, run = 0, highest = PAGES, page, i;

	memcpy(kept, ranges, sizeof(kept));
	for (page = 0; page < PAGES; page++) {
		run = model >> page & 1 ? run + 1 : 0;
		if (run >= pages)
			highest = page + 1 - pages;
	}
	at = ranges_alloc(pages * PAGE_SIZE - 5);
	if (!at) {
		/* The allocation failed: no range of the list is large enough. */
		for (i = 0; i < nr; i++)
			CHECK(kept[i].end - kept[i].start < pages * PAGE_SIZE);
	} else {
		CHECK(at == address(highest));
		model &= ~bits(highest, highest + pages);
		CHECK((was ^ model) == bits(highest, highest + pages));
		check_list();
	}
	memcpy(ranges, kept, sizeof(kept));
	ranges_nr = nr;
	model = was;
}

static void three(u32 a, u32 b, u32 c)
{
	u32 pages;

	ranges_nr = 0;
	model = 0;
	apply(a);
	apply(b);
	apply(c);
	for (pages = 1; pages <= PAGES; pages++)
		try_alloc(pages);
}

/* If the list would need more ranges than it can hold, boot is refused. */
static void full(void)
{
	volatile u32 i;

	ranges_nr = 0;
	may_refuse = true;
	if (!setjmp(refused)) {
		for (i = 0; i < RANGES_MAX + 1; i++)
			ranges_give(address(2 * i), address(2 * i + 1));
		CHECK(!"refused");
	}
	CHECK(ranges_nr == RANGES_MAX);
	may_refuse = false;
}

int main(void)
{
	u32 a, b, c;

	for (a = 0; a < OPS; a += 2) /* only gives: the list is empty */
		for (b = 0; b < OPS; b++)
			for (c = 0; c < OPS; c++)
				three(a, b, c);
	full();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
