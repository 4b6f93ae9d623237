// SPDX-License-Identifier: MIT
/*
 * desc_check: every value of the 16 access and flag bits, with bases and limits
 * at all the edges. What must hold of whatever it lets through is computed here
 * anew, as the CPU does (SDM volume 3, 3.4.5 and 5.3): in the form for ring 1
 * no offset that the segment allows reaches HV_GUEST_LIMIT.
 *
 * Cannot tell: that the CPU really uses these forms; guests/gdt shows that.
 */
#include <stdio.h>
#include <stdlib.h>

#include <hv/desc_check.h>
#include <hv/errno.h>
#include <hv/layout.h>

static unsigned long checks, accepted;

#define CHECK(c)                                                                                 \
	do {                                                                                     \
		checks++;                                                                        \
		if (!(c)) {                                                                      \
			printf("%s:%d: %08x:%08x: not so: %s\nTest result: FAILURE\n", __FILE__, \
			       __LINE__, in.hi, in.lo, #c);                                      \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

static const u32 edges[] = {
	0,	    1,		0xfff,	    0x1000,	0xfffff,    0x100000,
	0xbfffffff, 0xc0000000, 0xf57fffff, 0xf5800000, 0xf67fefff, 0xf67ff000,
	0xf67fffff, 0xf6800000, 0xf6800001, 0xff000000, 0xfffff000, 0xffffffff,
};

static u32 base_of(struct desc d)
{
	return d.lo >> 16 | (d.hi & 0xff) << 16 | (d.hi & 0xff000000);
}

/* One past the last byte that the segment allows, as a linear address. */
static u64 end_of(struct desc d)
{
	u32 limit = (d.lo & 0xffff) | (d.hi & 0xf0000);

	if (d.hi & DESC_G)
		limit = limit << 12 | 0xfff;
	return (u64)base_of(d) + limit + 1;
}

static bool expands_down(struct desc d)
{
	return !(d.hi & 0x800) && (d.hi & 0x400);
}

static void check(struct desc in)
{
	struct desc kernel = { 1, 1 }, user = { 1, 1 };
	u32 dpl = (in.hi >> 13) & 3;
	int err = desc_check(in, &kernel, &user);

	if (!(in.hi & DESC_P)) {
		CHECK(!err && !(kernel.hi & DESC_P) && !(user.hi & DESC_P));
		return;
	}
	CHECK((err != 0) == (!(in.hi & DESC_S) || dpl == 2 || (expands_down(in) && dpl != 3)));
	if (err) {
		CHECK(err == -EINVAL);
		return;
	}
	accepted++;
	CHECK(!expands_down(kernel));
	CHECK(end_of(kernel) <= HV_GUEST_LIMIT);
	CHECK((kernel.hi & DESC_P) && (kernel.hi & DESC_S) && (kernel.hi & 0x100));
	CHECK(((kernel.hi >> 13) & 3) == (dpl ? dpl : 1));
	CHECK(((user.hi >> 13) & 3) == (dpl ? dpl : 1));
	/* Same kind of segment: code stays code, readable stays readable. */
	CHECK((kernel.hi & 0xa00) == (in.hi & 0xa00));
	if (dpl != 3) {
		CHECK(end_of(user) <= HV_GUEST_LIMIT && !expands_down(user));
		CHECK(user.lo == kernel.lo && user.hi == kernel.hi);
	} else {
		CHECK(user.lo == in.lo && (user.hi | 0x200100) == (in.hi | 0x200100));
	}
	/* What fits is not changed, and what does not loses less than a page. */
	if (!expands_down(in) && end_of(in) <= HV_GUEST_LIMIT) {
		CHECK(base_of(kernel) == base_of(in) && end_of(kernel) == end_of(in));
	} else if (!expands_down(in) && base_of(in) < HV_GUEST_LIMIT) {
		CHECK(base_of(kernel) == base_of(in));
		CHECK(end_of(kernel) + 0x1000 > HV_GUEST_LIMIT);
	}
}

int main(void)
{
	u32 bits, b, l;

	for (bits = 0; bits < 0x1000; bits++) {
		for (b = 0; b < ARRAY_SIZE(edges); b++) {
			for (l = 0; l < ARRAY_SIZE(edges); l++) {
				u32 access = (bits & 0xff) << 8 | (bits >> 8) << 20,
				    base = edges[b];
				u32 raw = edges[l] & 0xfffff;
				struct desc d = { base << 16 | (raw & 0xffff),
						  (base & 0xff000000) | ((base >> 16) & 0xff) |
							  (raw & 0xf0000) | access };

				check(d);
				raw = edges[l] >> 12;
				d.lo = base << 16 | (raw & 0xffff);
				d.hi = (d.hi & ~0xf0000u) | (raw & 0xf0000);
				check(d);
			}
		}
	}
	printf("%lu checks, %lu descriptors accepted\n", checks, accepted);
	if (!accepted)
		return 1;
	puts("Test result: SUCCESS");
	return 0;
}
