// SPDX-License-Identifier: MIT
/*
 * A plugin's pages in the region, its windows and handles, against models.
 *
 * plugin_create(): every combination of counts, and each other field, from lists of edge
 * values, against sums computed in 64 bits. A refused call holds no reference.
 * Windows: every sequence of five grants and revokes in a room of six pages, against a
 * first-fit model with a letter for each page. Each page's entry and each frame's
 * references match the letters. The next plugin's windows are not affected.
 * Handles: a slot is used until its generations are used up; all handles differ, and no
 * old handle names a later plugin.
 *
 * Cannot tell: how the CPU uses the entries, and stale translations; guests/plugin-window
 * does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/plugin_slot.h>
#include <hv/tlb.h>

#include "check.h"
#include "silent_log.h"
#include "fake_cpu.h"

#define FRAMES 8192u
#define ROOM   6u

/* ---- the rest of the monitor ---- */

struct frame frame_table[FRAMES];
u32 m2p_rw[1];
pte_t hv_l2[512];
u32 have_nx = 1;
static u32 plain[FRAMES], writable[FRAMES]; /* references */
static u32 total;
static u8 store[1 << 20] __aligned(4096);
static u32 flushed;   /* number of single pages flushed */
static u32 forgotten; /* number of calls of space_forget() */

bool memory_grow_store(void)
{
	return false;
}

void *heap_pages(u32 nr)
{
	return calloc(nr, PAGE_SIZE);
}

int frame_get(mfn_t mfn)
{
	if (mfn >= FRAMES)
		return -EPERM;
	plain[mfn]++;
	total++;
	return 0;
}

void frame_put(mfn_t mfn)
{
	CHECK(plain[mfn]--);
	total--;
}

int frame_get_type(mfn_t mfn, u32 type)
{
	CHECK(type == TYPE_WRITABLE);
	if (mfn >= FRAMES)
		return -EPERM;
	writable[mfn]++;
	total++;
	return 0;
}

void frame_put_type(mfn_t mfn)
{
	CHECK(writable[mfn]--);
	total--;
}

void tlb_flush(void)
{
}
void fault_log(void) __attribute__((alias("tlb_flush"))); /* nothing */

void tlb_flush_page(u32 va)
{
	CHECK(va >= HV_PLUGIN_START && va < HV_PLUGIN_END);
	flushed++;
}

u64 us_to_cycles(u32 us)
{
	return us * 1000ull;
}

void fpu_forget(struct plugin *p)
{
	(void)p;
}

void world_forget(const struct plugin *p)
{
	(void)p;
}

void space_forget(const struct plugin *p)
{
	(void)p;
	forgotten++;
}

/* ---- creation ---- */

static u32 list[PLUGIN_PAGES_MAX];
static struct plugin_create wanted;

static const u32 counts[] = { 0, 1, 2, 4093, 4094, 4095, 4096, 4097, 0x80000000, 0xfffff000, ~0u };

static long expected(const struct plugin_create *c)
{
	u64 sum = (u64)c->nr_text + c->nr_rodata + c->nr_data + c->nr_stack;
	u64 text_end = PLUGIN_TEXT_BASE + (u64)c->nr_text * PAGE_SIZE;

	if (c->abi < PLUGIN_ABI_MAJOR << 16 || c->abi > PLUGIN_ABI)
		return -ENOEXEC;
	if (c->flags || c->budget_us > 10000000 || sum > PLUGIN_PAGES_MAX || !c->nr_text ||
	    !c->nr_stack || c->nr_window > PLUGIN_WINDOW_PAGES_MAX || c->start < PLUGIN_TEXT_BASE ||
	    c->start >= text_end)
		return -EINVAL;
	return 1;
}

static void create(void)
{
	u32 free_before = store_bytes_free, pages_before = plugins_pages, before = total;
	u32 used = wanted.nr_text + wanted.nr_rodata + wanted.nr_data + wanted.nr_stack;
	long want = expected(&wanted), handle;

	wanted.frames = (u32)list;
	handle = plugin_create((u32)&wanted);
	CHECK(want < 0 ? handle == want : handle > 0);
	if (handle > 0) {
		CHECK(total == before + used);
		CHECK(plugins_pages ==
		      pages_before + used + 2 + (wanted.nr_window ? 1 + wanted.nr_window : 0));
		CHECK(store_bytes_free <= free_before - (plugins_pages - pages_before) * 8);
		CHECK(!plugin_destroy((u32)handle) && plugin_destroy((u32)handle) == -ENOENT);
	}
	CHECK(total == before && store_bytes_free == free_before && plugins_pages == pages_before);
}

static void good(void)
{
	wanted = (struct plugin_create){ .abi = PLUGIN_ABI,
					 .start = PLUGIN_TEXT_BASE,
					 .nr_text = 2,
					 .nr_rodata = 1,
					 .nr_data = 2,
					 .nr_stack = 1 };
}

static void creation(void)
{
	static const u32 abis[] = { 0,
				    1,
				    PLUGIN_ABI - 0x10000,
				    PLUGIN_ABI & ~0xffffu,
				    PLUGIN_ABI,
				    PLUGIN_ABI + 1,
				    PLUGIN_ABI | 0xffff,
				    PLUGIN_ABI + 0x10000,
				    ~0u };
	static const u32 starts[] = { 0, 0xfff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fffffff, ~0u };
	static const u32 budgets[] = { 0, 1, 9999999, 10000000, 10000001, ~0u };
	const u32 n = ARRAY_SIZE(counts);
	u32 i, bit;

	for (i = 0; i < n * n * n * n; i++) {
		good();
		wanted.nr_text = counts[i % n];
		wanted.nr_rodata = counts[i / n % n];
		wanted.nr_data = counts[i / n / n % n];
		wanted.nr_stack = counts[i / n / n / n];
		create();
	}
	for (i = 0; i < n; i++) {
		good();
		wanted.nr_window = counts[i];
		create();
	}
	for (i = 0; i < ARRAY_SIZE(abis); i++) {
		good();
		wanted.abi = abis[i];
		create();
	}
	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		good();
		wanted.start = starts[i];
		create();
	}
	for (i = 0; i < ARRAY_SIZE(budgets); i++) {
		good();
		wanted.budget_us = budgets[i];
		create();
	}
	for (bit = 0; bit < 32; bit++) {
		good();
		wanted.flags = 1u << bit;
		create();
	}
	/* A frame that is refused, at each place in the list: all other references are dropped. */
	for (i = 0; i < 6; i++) {
		u32 was = list[i], before = total;

		good();
		list[i] = FRAMES + i;
		wanted.frames = (u32)list;
		CHECK(plugin_create((u32)&wanted) == -EPERM && total == before);
		list[i] = was;
	}
	CHECK(plugin_create(HV_VIRT_START - 4) == -EFAULT);
}

/* ---- windows ---- */

#define OPS (ROOM + 1 + ROOM + 1) /* grants of 1.. pages, revokes at each page */

static u32 handle, neighbour;
static char row[ROOM + 1]; /* a letter for each page of the room, '.' if it is free */
static char next_letter;

static u32 room_at(u32 page)
{
	return 8 * PAGE_SIZE + PAGE_SIZE + page * PAGE_SIZE; /* 6 pages, 0, two guards */
}

static u32 model_grant(u32 nr)
{
	u32 at, i;

	for (at = 0; at + nr <= ROOM; at++) {
		for (i = 0; i < nr && row[at + i] == '.'; i++)
			;
		if (i == nr)
			return at;
	}
	return ~0u;
}

static void grant(u32 nr)
{
	static struct plugin_window window;
	u32 at = model_grant(nr);
	long err;

	window = (struct plugin_window){ .frames = (u32)(list + 1000),
					 .nr = nr,
					 .flags = next_letter % 2 };
	err = plugin_grant(handle, (u32)&window);
	CHECK(err == (at == ~0u ? -ENOSPC : 0));
	if (err)
		return;
	CHECK(window.offset == room_at(at));
	memset(row + at, next_letter++, nr);
}

static void revoke(u32 page)
{
	bool begins = page < ROOM && row[page] != '.' && (!page || row[page - 1] != row[page]);
	char letter = row[page];
	u32 i;

	flushed = 0;
	CHECK(plugin_revoke(handle, room_at(page) + 1) == -EINVAL);
	CHECK(plugin_revoke(handle, room_at(page)) == (begins ? 0 : -EINVAL));
	for (i = page; begins && i < ROOM && row[i] == letter; i++)
		row[i] = '.';
	CHECK(flushed == (begins ? i - page : 0), "%u pages flushed", flushed);
}

/* Checks the entries and references against the letters. */
static void check_row(u32 of_plugins)
{
	const struct plugin *p = plugin_find(handle);
	u32 i, nr = 0, windows = 0;

	for (i = 0; i < ROOM; i++) {
		pte_t e = p->pages[room_at(i) / PAGE_SIZE];

		CHECK(e == region_pte[p->first + room_at(i) / PAGE_SIZE]);

		CHECK((row[i] == '.') == !e);
		if (row[i] == '.')
			continue;
		nr++;
		windows += !i || row[i - 1] != row[i];
		CHECK((e & PTE_P) && (e & PTE_NX) && pte_mfn(e) >= 1000);
		CHECK(!(e & PTE_RW) == !(row[i] % 2));
	}
	CHECK(total == of_plugins + nr && p->windows == windows);
	/* The pages around the room are not mapped. */
	CHECK(!region_pte[p->first + room_at(0) / PAGE_SIZE - 1]);
	CHECK(!region_pte[p->first + plugin_pages(p)]); /* page 0 of the next plugin */
	CHECK(!p->pages[room_at(0) / PAGE_SIZE - 1]);
}

static void windows(void)
{
	static struct plugin_window window;
	u32 of_plugins, n, step, code, op, nr;

	good();
	wanted.frames = (u32)list;
	wanted.nr_window = ROOM;
	handle = (u32)plugin_create((u32)&wanted);
	neighbour = (u32)plugin_create((u32)&wanted);
	CHECK((int)handle > 0 && (int)neighbour > 0);
	region_map((struct plugin *)plugin_find(handle));
	region_map((struct plugin *)plugin_find(neighbour));
	of_plugins = total;
	for (n = 0; n < OPS * OPS * OPS * OPS * OPS; n++) {
		memset(row, '.', ROOM);
		next_letter = 'A';
		for (step = 0, code = n; step < 5; step++, code /= OPS) {
			op = code % OPS;
			if (op <= ROOM)
				grant(op + 1);
			else
				revoke(op - ROOM - 1);
		}
		check_row(of_plugins);
		for (step = 0; step < ROOM; step++)
			if (row[step] != '.')
				revoke(step);
		CHECK(total == of_plugins);
	}
	/* The neighbour follows directly. Its windows cannot be revoked by the other's handle. */
	nr = plugin_find(neighbour)->first - plugin_find(handle)->first;
	CHECK(nr == plugin_pages(plugin_find(handle)));
	window = (struct plugin_window){ .frames = (u32)list, .nr = 1 };
	CHECK(!plugin_grant(neighbour, (u32)&window));
	CHECK(plugin_revoke(handle, nr * PAGE_SIZE + window.offset) == -EINVAL);
	CHECK(!plugin_revoke(neighbour, window.offset));
	/* A destroy revokes all windows. */
	grant(3);
	CHECK(plugin_revoke(neighbour, room_at(0)) == -EINVAL);
	CHECK(!plugin_destroy(handle) && total == of_plugins / 2);
	CHECK(plugin_revoke(handle, room_at(0)) == -ENOENT);
	CHECK(!plugin_destroy(neighbour) && !total);
}

static void odd_windows(void)
{
	static const u32 sizes[] = { 0, 7, 4096, 4097, 0x80000000, ~0u };
	static u8 page[PAGE_SIZE] __aligned(PAGE_SIZE);
	static struct plugin_window window;
	struct plugin_window *read_only = (void *)page;
	u32 i, before;

	good();
	wanted.frames = (u32)list;
	wanted.nr_window = ROOM;
	handle = (u32)plugin_create((u32)&wanted);
	before = total;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		window = (struct plugin_window){ .frames = (u32)list, .nr = sizes[i] };
		CHECK(plugin_grant(handle, (u32)&window) ==
		      (sizes[i] && sizes[i] <= 4096 ? -ENOSPC : -EINVAL));
	}
	for (i = 1; i < 32; i++) {
		window = (struct plugin_window){ .frames = (u32)list, .nr = 1, .flags = 1u << i };
		CHECK(plugin_grant(handle, (u32)&window) == -EINVAL);
	}
	window = (struct plugin_window){ .frames = HV_VIRT_START - 4, .nr = 2 };
	CHECK(plugin_grant(handle, (u32)&window) == -EFAULT);
	CHECK(plugin_grant(handle, HV_VIRT_START - 4) == -EFAULT);
	CHECK(plugin_grant(handle + 1, (u32)&window) == -ENOENT);
	/* After a failed copy, the structure copied before is not used. */
	window = (struct plugin_window){ .frames = (u32)list };
	CHECK(plugin_grant(handle, (u32)&window) == -EINVAL);
	CHECK(plugin_grant(handle, HV_VIRT_START - 4) == -EFAULT);
	/* A page table is refused. */
	frame_table[list[3]].type = TYPE_L1 | TYPE_VALIDATED | 1;
	window = (struct plugin_window){ .frames = (u32)(list + 2), .nr = 3 };
	CHECK(plugin_grant(handle, (u32)&window) == -EPERM && total == before && !window.offset);
	/* Not refused: a former page table, another type, and a table behind the list. */
	frame_table[list[3]].type = TYPE_L1 | TYPE_VALIDATED;
	frame_table[list[4]].type = TYPE_WRITABLE | 1;
	frame_table[0].type = TYPE_L1 | TYPE_VALIDATED | 1;
	forgotten = 0;
	CHECK(plugin_grant(handle, (u32)&window) == 0 && forgotten == 1);
	CHECK(plugin_revoke(handle, window.offset) == 0 && forgotten == 2 && total == before);
	/* The end of the list is not readable: nothing is mapped. */
	window.frames = HV_VIRT_START - 4;
	CHECK(plugin_grant(handle, (u32)&window) == -EFAULT && total == before);
	frame_table[0].type = frame_table[list[4]].type = 0;
	/* The offset cannot be written back. */
	*read_only = window;
	read_only->frames = (u32)list;
	CHECK(!mprotect(read_only, PAGE_SIZE, PROT_READ));
	CHECK(plugin_grant(handle, (u32)read_only) == -EFAULT && total == before);
	CHECK(!mprotect(read_only, PAGE_SIZE, PROT_READ | PROT_WRITE));
	frame_table[list[3]].type = 0;
	CHECK(!plugin_destroy(handle) && !total);
}

/* The whole store can be allocated, and freed with gaps. */
static void fill_store(void)
{
	static long handles[100];
	u32 fit = 0, i;

	good();
	wanted.frames = (u32)list;
	wanted.nr_window = 4096;
	while (fit < ARRAY_SIZE(handles) && (handles[fit] = plugin_create((u32)&wanted)) > 0)
		region_map((struct plugin *)plugin_find((u32)handles[fit++]));
	CHECK(fit > 2 && handles[fit] == -ENOMEM && total == fit * 6);
	for (i = 0; i < fit; i += 2)
		CHECK(!plugin_destroy((u32)handles[i]));
	for (i = 1; i < fit; i += 2)
		CHECK(!plugin_destroy((u32)handles[i]));
	CHECK(!total && !plugins_pages && !region_oldest);
}

#define GENERATIONS (0x7fffffffu / PLUGINS_MAX)

static u32 again(void)
{
	long next = plugin_create((u32)&wanted);

	CHECK(next > 0);
	CHECK(!plugin_destroy((u32)next));
	return (u32)next;
}

/*
 * Generations ascend by one, so that all handles of a slot differ. After the last one the
 * slot is retired and the next slot is used; the retired slot's handles stay stale.
 */
static void handles(void)
{
	u32 first, last, n, bit, slot, next_slot;

	good();
	wanted.frames = (u32)list;
	wanted.nr_rodata = wanted.nr_data = wanted.nr_window = 0;
	wanted.nr_text = 1;
	first = again();
	slot = PLUGIN_SLOT(first);
	for (last = first, n = first / PLUGINS_MAX; n < GENERATIONS; n++) {
		u32 next = again();

		CHECK(next == last + PLUGINS_MAX);
		last = next;
	}
	CHECK(last == GENERATIONS * PLUGINS_MAX + slot);
	/* Another slot, also for a plugin that stays. */
	next_slot = PLUGIN_SLOT(again());
	handle = (u32)plugin_create((u32)&wanted);
	CHECK(next_slot != slot && PLUGIN_SLOT(handle) == next_slot);
	/* No handle of the retired slot finds anything, or ever will. */
	for (bit = 0; bit <= 17; bit++) {
		u32 stale = (PLUGINS_MAX << bit) + slot;

		CHECK(!plugin_find(stale) && plugin_destroy(stale) == -ENOENT);
		CHECK(plugin_was(stale) == (bit < 17));
	}
	CHECK(plugin_was(last) && !plugin_find(last) && !plugin_find(0));
	CHECK(!plugin_destroy(handle) && !total);
}

int main(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = 1 + i;
	fake_cpu_init();
	store_init(store);
	store_add(sizeof(store));
	registry_init();
	region_init();
	good();
	wanted.frames = (u32)list;
	plugin_destroy((u32)plugin_create((u32)&wanted)); /* slots keep a page of the store */
	creation();
	odd_windows();
	windows();
	fill_store();
	handles();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
