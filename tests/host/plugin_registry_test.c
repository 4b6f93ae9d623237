// SPDX-License-Identifier: MIT
/*
 * Slots, and how plugin_create() uses the region: the parts of a plugin with their order
 * and rights, the initial state of a plugin, what is freed when a part is refused, and the
 * lack of slots or memory.
 *
 * Cannot tell: handles over all generations; plugin_memory_test does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>

#include "check.h"
#include "fake_cpu.h"

#define FIRST 1000u /* where the region has room */

/* ---- the rest of the monitor ---- */

pte_t *region_pte;
static u32 heap_left = 1000, heap_got;
static u32 asked, parts, fails_at, unmapped, freed, fpus, worlds;
static bool full;
static struct {
	u32 at, page, nr;
	pte_t flags;
} part[4];

void *heap_pages(u32 nr)
{
	CHECK(nr == 1);
	if (!heap_left)
		return NULL;
	heap_left--;
	heap_got++;
	return calloc(1, PAGE_SIZE);
}

u32 region_alloc(u32 pages)
{
	asked = pages;
	return full ? REGION_NONE : FIRST;
}

void region_free(u32 first, u32 pages)
{
	CHECK(first == FIRST && pages == asked);
	freed++;
}

int region_map(u32 *list, u32 page, u32 nr, pte_t flags)
{
	CHECK(parts < 4);
	part[parts].at = *list;
	part[parts].page = page;
	part[parts].nr = nr;
	part[parts].flags = flags;
	*list += nr * 4;
	return ++parts == fails_at ? -EPERM : 0;
}

void region_unmap(u32 first, u32 pages)
{
	CHECK(first == FIRST && pages == asked && freed == unmapped);
	unmapped++;
}

u64 us_to_cycles(u32 us)
{
	return us * 1000ull;
}

void fpu_forget(struct plugin *p)
{
	(void)p;
	fpus++;
}

void world_forget(const struct plugin *p)
{
	(void)p;
	worlds++;
}

/* ---- the tests ---- */

static struct plugin_create c;

static long create(void)
{
	parts = unmapped = freed = fpus = worlds = 0;
	return plugin_create((u32)&c);
}

static void good(void)
{
	c = (struct plugin_create){ .abi = PLUGIN_ABI,
				    .start = PLUGIN_TEXT_BASE + 5,
				    .nr_text = 3,
				    .nr_rodata = 4,
				    .nr_data = 5,
				    .nr_stack = 6,
				    .frames = 0x100000 };
}

static void parts_of_one(void)
{
	static const struct {
		u32 page, nr;
		pte_t flags;
	} want[4] = {
		{ 1, 3, 0 },
		{ 4, 4, PTE_NX },
		{ 8, 5, PTE_RW | PTE_NX },
		{ 14, 6, PTE_RW | PTE_NX }, /* behind its guard */
	};
	u32 i, windows, at = 0x100000;
	const struct plugin *p;
	long handle;

	for (windows = 0; windows < 3; windows++) {
		good();
		c.nr_window = windows;
		c.budget_us = windows * 7;
		handle = create();
		p = plugin_find((u32)handle);
		CHECK(handle > 0 && p && plugins_nr == 1 && p->state == PLUGIN_READY);
		CHECK(asked == 20 + (windows ? 1 + windows : 0) && parts == 4 && !unmapped);
		CHECK(p->first == FIRST && p->stack_end == 20 * PAGE_SIZE);
		CHECK(p->end == asked * PAGE_SIZE && p->text_size == 3 * PAGE_SIZE);
		CHECK(p->start == c.start && p->strikes == 1 && !p->calls && !p->windows);
		CHECK(p->budget_us == (windows ? windows * 7 : PLUGIN_BUDGET_DEFAULT));
		CHECK(p->budget == p->budget_us * 1000ull && p->left == (s64)p->budget);
		CHECK(p->nr_text == 3 && p->nr_rodata == 4 && p->nr_data == 5);
		CHECK(p->nr_stack == 6 && p->nr_window == windows);
		/* The next plugin of the slot must not find these values. */
		((struct plugin *)p)->calls = ((struct plugin *)p)->windows = 9;
		CHECK(!plugin_destroy((u32)handle) && unmapped == 1 && freed == 1);
		CHECK(fpus == 1 && worlds == 1 && !plugins_nr && !plugin_find((u32)handle));
		CHECK(plugin_destroy((u32)handle) == -ENOENT && unmapped == 1);
		CHECK(plugin_was((u32)handle) && !plugin_was(0) &&
		      !plugin_was((u32)handle + PLUGINS_MAX));
	}
	for (i = 0; i < 4; i++) {
		CHECK(part[i].page == FIRST + want[i].page && part[i].nr == want[i].nr, "part %u",
		      i);
		CHECK(part[i].flags == want[i].flags && part[i].at == at, "part %u", i);
		at += part[i].nr * 4;
	}
}

static void refused(void)
{
	u32 before = heap_got;

	for (fails_at = 1; fails_at <= 4; fails_at++) {
		good();
		CHECK(create() == -EPERM && parts == fails_at, "part %u", fails_at);
		CHECK(unmapped == 1 && freed == 1 && !plugins_nr, "part %u", fails_at);
	}
	fails_at = 0;
	full = true;
	CHECK(create() == -ENOSPC && !parts && !unmapped && !freed);
	full = false;
	CHECK(plugin_create(HV_VIRT_START - 4) == -EFAULT);
	c.flags = 1;
	CHECK(create() == -EINVAL && plugin_create(HV_VIRT_START - 4) == -EFAULT);
	CHECK(!plugins_nr && heap_got == before, "a slot is taken for nothing");
}

/* All slots are used. Without memory for struct plugin, and without a slot, create fails. */
static void many(void)
{
	static long handles[PLUGINS_MAX];
	u32 i, each = PAGE_SIZE / sizeof(struct plugin);

	good();
	for (i = 0; i < PLUGINS_MAX; i++) {
		CHECK((heap_got == 0 ? 0 : heap_got * each) >= i, "slot %u", i);
		if (heap_got * each == i) {
			heap_left = 0;
			CHECK(create() == -ENOMEM && plugins_nr == i, "slot %u", i);
			heap_left = 1;
		}
		handles[i] = create();
		CHECK(PLUGIN_SLOT(handles[i]) == i && plugins_nr == i + 1, "slot %u", i);
		CHECK(plugin_find((u32)handles[i]) == plugin_slots[i], "slot %u", i);
		CHECK(!i || plugin_slots[i] != plugin_slots[i - 1], "slot %u", i);
		CHECK(heap_got == i / each + 1, "slot %u: %u pages", i, heap_got);
	}
	CHECK(create() == -ENOSPC && plugins_nr == PLUGINS_MAX);
	CHECK(!plugin_destroy((u32)handles[PLUGINS_MAX - 1]) && create() > 0);
	CHECK(create() == -ENOSPC);
	CHECK(!plugin_destroy((u32)handles[7]) && !plugin_destroy((u32)handles[5]));
	CHECK(PLUGIN_SLOT(create()) == 5 && PLUGIN_SLOT(create()) == 7);
	CHECK(create() == -ENOSPC && heap_got == (PLUGINS_MAX + each - 1) / each);
}

/* The word behind plugin_slots[]; read by assembly, as no C object may be read there. */
static u32 behind_slots(void)
{
	u32 word;

	asm volatile("movl (%1), %0"
		     : "=r"(word)
		     : "r"((u32)plugin_slots + sizeof(plugin_slots))
		     : "memory");
	return word;
}

int main(void)
{
	/* registry_init() must not write behind the table. */
	u32 i, behind = behind_slots();

	fake_cpu_init();
	registry_init();
	CHECK(behind_slots() == behind);
	for (i = 0; i < PLUGINS_MAX; i++)
		CHECK(!plugin_find(i) && !plugin_find(PLUGINS_MAX + i) && !plugin_was(i) &&
			      !plugin_was(PLUGINS_MAX + i),
		      "slot %u", i);
	parts_of_one();
	refused();
	many();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
