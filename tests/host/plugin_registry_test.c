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

#define EACH (PAGE_SIZE / sizeof(struct plugin)) /* slots made of one page */

/* ---- the rest of the monitor ---- */

static pte_t pages[8300];
static u32 asked, parts, fails_at, dropped, freed, fpus, worlds, removed;
static bool full;
static u32 pages_left = 1, slot_pages;
static struct {
	u32 at, page, nr;
	pte_t flags;
} part[4];

/* A page is for slots, and never freed; else it is the page list of the one plugin. */
void *store_alloc(u32 size)
{
	if (size == PAGE_SIZE) {
		slot_pages += pages_left > 0;
		return pages_left ? pages_left--, calloc(1, PAGE_SIZE) : NULL;
	}
	CHECK(size % sizeof(pte_t) == 0);
	asked = size / sizeof(pte_t);
	return full ? NULL : pages;
}

void store_free(void *at, u32 size)
{
	CHECK(at == pages && size == asked * sizeof(pte_t) && dropped == freed + 1);
	freed++;
}

int pages_take(const struct plugin *p, u32 *list, u32 page, u32 nr, pte_t flags)
{
	CHECK(parts < 4 && p->pages == pages && p->first == REGION_NONE);
	part[parts].at = *list;
	part[parts].page = page;
	part[parts].nr = nr;
	part[parts].flags = flags;
	*list += nr * 4;
	return ++parts == fails_at ? -EPERM : 0;
}

/* The plugin is mapped nowhere any more when its frames are given back. */
void pages_drop(const struct plugin *p, u32 page, u32 nr)
{
	CHECK(p->pages == pages && !page && nr == asked && freed == dropped);
	CHECK(p->state == PLUGIN_FREE || (fpus && worlds && removed));
	dropped++;
}

void region_remove(struct plugin *p)
{
	(void)p;
	CHECK(worlds);
	removed++;
}

u64 us_to_cycles(u32 us)
{
	return us * 1000ull;
}

void fault_log(void)
{
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
	parts = dropped = freed = fpus = worlds = removed = 0;
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
		CHECK(asked == 20 + (windows ? 1 + windows : 0) && parts == 4 && !dropped);
		CHECK(p->first == REGION_NONE && p->stack_end == 20 * PAGE_SIZE);
		CHECK(plugins_pages == asked);
		CHECK(p->end == asked * PAGE_SIZE && p->text_size == 3 * PAGE_SIZE);
		CHECK(p->start == c.start && p->strikes == 1 && !p->calls && !p->windows);
		CHECK(p->budget_us == (windows ? windows * 7 : PLUGIN_BUDGET_DEFAULT));
		CHECK(p->budget == p->budget_us * 1000ull && p->left == (s64)p->budget);
		CHECK(p->nr_text == 3 && p->nr_rodata == 4 && p->nr_data == 5);
		CHECK(p->nr_stack == 6 && p->nr_window == windows);
		/* The next plugin of the slot must not find these values. */
		((struct plugin *)p)->calls = ((struct plugin *)p)->windows = 9;
		CHECK(!plugin_destroy((u32)handle) && dropped == 1 && freed == 1);
		CHECK(fpus == 1 && worlds == 1 && removed == 1 && !plugins_nr && !plugins_pages &&
		      !plugin_find((u32)handle));
		CHECK(plugin_destroy((u32)handle) == -ENOENT && dropped == 1);
		CHECK(plugin_was((u32)handle) && !plugin_was(0) &&
		      !plugin_was((u32)handle + PLUGINS_MAX));
	}
	for (i = 0; i < 4; i++) {
		CHECK(part[i].page == want[i].page && part[i].nr == want[i].nr, "part %u", i);
		CHECK(part[i].flags == want[i].flags && part[i].at == at, "part %u", i);
		at += part[i].nr * 4;
	}
}

static void refused(void)
{
	u32 first;

	good();
	first = (u32)create();
	CHECK(!plugin_destroy(first));
	for (fails_at = 1; fails_at <= 4; fails_at++) {
		good();
		CHECK(create() == -EPERM && parts == fails_at, "part %u", fails_at);
		CHECK(dropped == 1 && freed == 1 && !plugins_nr && !plugins_pages, "part %u",
		      fails_at);
	}
	fails_at = 0;
	full = true;
	CHECK(create() == -ENOMEM && !parts && !dropped && !freed);
	full = false;
	CHECK(plugin_create(HV_VIRT_START - 4) == -EFAULT);
	c.flags = 1;
	CHECK(create() == -EINVAL && plugin_create(HV_VIRT_START - 4) == -EFAULT);
	/* No refusal has taken a slot or a handle. */
	good();
	CHECK(create() == (long)(first + PLUGINS_MAX) && !plugin_destroy(first + PLUGINS_MAX));
}

/* All slots are used. Without memory for struct plugin, and without a slot, create fails. */
static void many(void)
{
	static long handles[PLUGINS_MAX];
	static bool seen[PLUGINS_MAX];
	u32 i;

	good();
	for (i = 0; i < PLUGINS_MAX; i++) {
		CHECK(slot_pages == DIV_ROUND_UP(i, EACH) || (!i && slot_pages == 1), "slot %u", i);
		if (i && i % EACH == 0) {
			pages_left = 0;
			CHECK(create() == -ENOMEM && plugins_nr == i, "slot %u", i);
			pages_left = 1;
		}
		handles[i] = create();
		CHECK(handles[i] > 0 && plugins_nr == i + 1, "plugin %u", i);
		CHECK(!seen[PLUGIN_SLOT(handles[i])], "plugin %u", i);
		seen[PLUGIN_SLOT(handles[i])] = true;
		CHECK(plugin_find((u32)handles[i]) == plugin_slots[PLUGIN_SLOT(handles[i])]);
	}
	CHECK(create() == -ENOSPC && plugins_nr == PLUGINS_MAX && plugin_slots_nr == PLUGINS_MAX);
	CHECK(!plugin_destroy((u32)handles[PLUGINS_MAX - 1]) && create() > 0);
	CHECK(create() == -ENOSPC);
	/* The slot freed last is used first. */
	CHECK(!plugin_destroy((u32)handles[7]) && !plugin_destroy((u32)handles[5]));
	CHECK(create() == handles[5] + (long)PLUGINS_MAX);
	CHECK(create() == handles[7] + (long)PLUGINS_MAX && create() == -ENOSPC);
}

int main(void)
{
	u32 i;

	fake_cpu_init();
	registry_init();
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
