// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region: linear addresses [HV_PLUGIN_START, HV_PLUGIN_END), where plugins are mapped
 * in segment mode. The same in every page directory, supervisor only, above the limit of
 * every segment of the guest.
 *
 * There can be more plugins than the region has room for: it is a cache. A plugin is mapped
 * when it is about to run and is not mapped yet, and stays mapped until its place is needed.
 * The region is filled like a ring: `hand` is where the next plugin is put, and the plugins
 * that are in the way there, which were mapped the longest ago, are taken out. A plugin
 * taken out loses nothing but its linear address, which only the descriptors of the plugin
 * that ran last contain: also a paused call has only offsets in its registers. (docs/decisions/0020-region-is-a-cache.md)
 *
 * The list `oldest` .. `newest` has the mapped plugins in the order of their addresses from
 * `hand` on, round the end of the region.
 *
 * Owns the region's L1 tables. All exist from boot on, so that mm_fixup_fault() need not
 * add one. The references on the frames are p->pages's (plugin/pages.c).
 */
#include <hv/cpu.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/tlb.h>

/* Up to so many pages are flushed by invlpg, more by loading CR3. */
#define FLUSH_ONE_BY_ONE 16u

pte_t *region_pte;
struct plugin *region_oldest;
static struct plugin *newest;
static u32 hand; /* page of the region */

void region_init(void)
{
	u32 tables = REGION_PAGES / 512, first = (HV_PLUGIN_START >> 21) & 511, i;

	region_pte = heap_pages(tables);
	BUG_ON(!region_pte);
	for (i = 0; i < tables; i++)
		hv_l2[first + i] = hv_pa(region_pte + i * 512) | PTE_P | PTE_RW | PTE_A;
}

/* Unmap the pages and flush their translations. */
static void unmap(u32 first, u32 pages)
{
	u32 i;

	memset(region_pte + first, 0, pages * sizeof(region_pte[0]));
	if (pages > FLUSH_ONE_BY_ONE) {
		tlb_flush();
		return;
	}
	for (i = first; i < first + pages; i++)
		tlb_flush_page(HV_PLUGIN_START + i * PAGE_SIZE);
}

void region_remove(struct plugin *p)
{
	if (p->first == REGION_NONE)
		return;
	unmap(p->first, plugin_pages(p));
	p->first = REGION_NONE;
	*(p->prev ? &p->prev->next : &region_oldest) = p->next;
	*(p->next ? &p->next->prev : &newest) = p->prev;
}

/* Take out the plugins that begin in [hand, end). */
static void clear_way(u32 end)
{
	while (region_oldest && region_oldest->first >= hand && region_oldest->first < end)
		region_remove(region_oldest);
}

void region_map(struct plugin *p)
{
	u32 pages = plugin_pages(p);

	if (pages > REGION_PAGES - hand) {
		clear_way(REGION_PAGES);
		hand = 0;
	}
	clear_way(hand + pages);
	p->first = hand;
	hand += pages;
	p->next = NULL;
	p->prev = newest;
	*(newest ? &newest->next : &region_oldest) = p;
	newest = p;
	memcpy(region_pte + p->first, p->pages, pages * sizeof(region_pte[0]));
}

/* Needs no flush: the pages were not present. */
void region_show(const struct plugin *p, u32 page, u32 nr)
{
	if (p->first != REGION_NONE)
		memcpy(region_pte + p->first + page, p->pages + page, nr * sizeof(region_pte[0]));
}

void region_hide(const struct plugin *p, u32 page, u32 nr)
{
	if (p->first != REGION_NONE)
		unmap(p->first + page, nr);
}
