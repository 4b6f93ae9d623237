// SPDX-License-Identifier: MIT
/*
 * The region as a cache of plugins: plugins of many sizes are mapped, shown, hidden and
 * removed in random order, against a model. After each step every page of the region is
 * the copy of the page of one mapped plugin, or 0; a plugin that is mapped anew takes out
 * those mapped the longest ago, and no others; and no page is given to another plugin
 * before its translation was flushed.
 *
 * Cannot tell: how the CPU uses the entries; guests/plugin-region does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/plugin_slot.h>
#include <hv/tlb.h>

#include "check.h"
#include "silent_log.h"

#define PLUGINS 60u
#define LARGEST (PLUGIN_PAGES_MAX + PLUGIN_WINDOW_PAGES_MAX + 3)

/* ---- the rest of the monitor ---- */

pte_t hv_l2[512];
u32 plugin_mode = PLUGIN_MODE_SEGMENT;
static bool stale[REGION_PAGES]; /* the CPU may have a translation of the page */
static u32 flushed_pages, flushes;

void *heap_pages(u32 nr)
{
	return calloc(nr + 1, PAGE_SIZE);
}

/* At a flush the entries must not be present, or the CPU could read them again. */
void tlb_flush(void)
{
	u32 i;

	for (i = 0; i < REGION_PAGES; i++)
		stale[i] = stale[i] && (region_pte[i] & PTE_P);
	flushes++;
}

void tlb_flush_page(u32 va)
{
	u32 page = (va - HV_PLUGIN_START) / PAGE_SIZE;

	CHECK(va % PAGE_SIZE == 0 && page < REGION_PAGES && !(region_pte[page] & PTE_P), "va %x",
	      va);
	stale[page] = false;
	flushed_pages++;
}

/* ---- plugins ---- */

static struct plugin plugins[PLUGINS];
static u32 order[PLUGINS]; /* when each was mapped; 0: it is not */
static u32 now;

static u32 dice(u32 below)
{
	static u32 seed = 1;

	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void make(u32 n, u32 pages)
{
	struct plugin *p = &plugins[n];
	u32 i;

	free(p->pages);
	p->pages = calloc(pages, sizeof(pte_t));
	p->first = REGION_NONE;
	p->end = pages * PAGE_SIZE;
	for (i = 0; i < pages; i++)
		p->pages[i] = i % 7 ? ((pte_t)(n + 1) << 33) + (i << PAGE_SHIFT) + PTE_P : 0;
}

/* Every entry is a copy of a mapped plugin's, or 0. The CPU then reads all of them. */
static void check_region(void)
{
	static pte_t want[REGION_PAGES];
	u32 n, i;

	memset(want, 0, sizeof(want));
	for (n = 0; n < PLUGINS; n++) {
		const struct plugin *p = &plugins[n];

		CHECK((p->first == REGION_NONE) == !order[n], "plugin %u", n);
		if (!order[n])
			continue;
		CHECK(p->first + plugin_pages(p) <= REGION_PAGES);
		for (i = 0; i < plugin_pages(p); i++) {
			CHECK(!want[p->first + i], "two plugins at %u", p->first + i);
			want[p->first + i] = p->pages[i];
		}
	}
	CHECK(!memcmp(want, region_pte, sizeof(want)));
	for (i = 0; i < REGION_PAGES; i++) {
		CHECK(!stale[i] || want[i], "page %u was not flushed", i);
		stale[i] = want[i];
	}
}

/* The list has the mapped plugins in the order in which they were mapped. */
static void check_list(void)
{
	const struct plugin *p;
	u32 last = 0, nr = 0, n;

	for (p = region_oldest; p; p = p->next, nr++) {
		n = (u32)(p - plugins);
		CHECK(order[n] > last);
		last = order[n];
	}
	for (n = 0; n < PLUGINS; n++)
		nr -= order[n] != 0;
	CHECK(!nr);
}

static void map(u32 n)
{
	u32 newest_out = 0, oldest_in = ~0u, i;

	region_map(&plugins[n]);
	for (i = 0; i < PLUGINS; i++) {
		if (!order[i])
			continue;
		if (plugins[i].first == REGION_NONE) {
			newest_out = MAX(newest_out, order[i]);
			order[i] = 0;
		} else {
			oldest_in = MIN(oldest_in, order[i]);
		}
	}
	CHECK(newest_out < oldest_in, "an older plugin was kept");
	order[n] = ++now;
}

static void any_order(u32 steps, u32 largest)
{
	u32 step, n;

	for (step = 0; step < steps; step++) {
		n = dice(PLUGINS);
		if (!order[n]) {
			make(n, 4 + dice(dice(8) ? 40 : largest - 4));
			map(n);
		} else if (dice(4)) {
			/* A window comes and goes. */
			u32 nr = 1 + dice(plugin_pages(&plugins[n]) - 1);
			u32 at = dice(plugin_pages(&plugins[n]) - nr + 1);
			u32 singles = flushed_pages, all = flushes;

			memset(plugins[n].pages + at, 0, nr * sizeof(pte_t));
			region_hide(&plugins[n], at, nr);
			CHECK(flushes - all == (nr > 16) &&
			      flushed_pages - singles == (nr > 16 ? 0 : nr));
			check_region();
			plugins[n].pages[at] = ((pte_t)step << 14) | PTE_P;
			region_show(&plugins[n], at, nr);
		} else {
			region_remove(&plugins[n]);
			region_remove(&plugins[n]);
			order[n] = 0;
		}
		check_region();
		check_list();
	}
}

/* What is not mapped has nothing to show, and hides nothing of a plugin at page 0. */
static void not_mapped(u32 n)
{
	make(n, 50);
	region_show(&plugins[n], 1, 49);
	region_hide(&plugins[n], 1, 49);
	region_remove(&plugins[n]);
	check_region();
}

static void clear(void)
{
	u32 i;

	for (i = 0; i < PLUGINS; i++) {
		region_remove(&plugins[i]);
		order[i] = 0;
	}
}

static void map_new(u32 n, u32 pages)
{
	make(n, pages);
	map(n);
	check_region();
	check_list();
}

/* Plugins that fill the region to its last page all stay. */
static void exact_fit(void)
{
	map_new(0, REGION_PAGES / 3);
	map_new(1, REGION_PAGES / 3);
	map_new(2, REGION_PAGES / 3);
	not_mapped(3);
	CHECK(order[0] && order[1] && order[2]);
	map_new(3, 4);
	CHECK(!order[0] && order[1] && order[2]);
	clear();
}

/*
 * When the place before the end is too small, the plugin at the end gives way too: it was
 * mapped longer ago than those at the begin.
 */
static void old_one_at_the_end(void)
{
	/* exact_fit() has left `hand` at page 4. */
	map_new(0, 8000);
	map_new(1, 8000);
	map_new(2, 7000);
	map_new(3, 1000);
	map_new(4, 8000);
	map_new(5, 8000);
	map_new(6, 6500);
	CHECK(order[3] && order[4] && order[5] && order[6] && !order[2]);
	map_new(7, 8000);
	CHECK(!order[3] && !order[4] && order[5] && order[6]);
	clear();
}

int main(void)
{
	u32 i;

	region_init();
	for (i = 0; i < 512; i++)
		CHECK(!hv_l2[i] == (i < (HV_PLUGIN_START >> 21 & 511) ||
				    i >= (HV_PLUGIN_END >> 21 & 511)),
		      "slot %u", i);
	for (i = 0; i < PLUGINS; i++)
		make(i, 9);
	exact_fit();
	old_one_at_the_end();
	any_order(150, 400);
	any_order(150, LARGEST);
	/* The largest fit two at a time at least; the third takes out the first. */
	clear();
	for (i = 0; i < 8; i++) {
		make(i, LARGEST);
		map(i);
		check_region();
		CHECK(!i || order[i - 1], "the plugin before lost its place");
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
