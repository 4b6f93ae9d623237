// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region: linear addresses [HV_PLUGIN_START, HV_PLUGIN_END), where all plugins are
 * mapped. The same in every page directory, supervisor only, above the limit of every
 * segment of the guest.
 *
 * Owns the region's L1 tables, which are also the list of frames that plugins hold: a
 * writable entry holds a writable type reference on its frame, a read-only one a
 * general reference. All tables exist from boot on, so that mm_fixup_fault() need not
 * add one.
 */
#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>
#include <hv/printk.h>
#include <hv/tlb.h>

/* Up to so many pages are flushed by invlpg, more by loading CR3. */
#define FLUSH_ONE_BY_ONE 16u

pte_t *region_pte;
u32 region_free_pages = REGION_PAGES;

static u32 used[REGION_PAGES / 32]; /* bit set: page belongs to a plugin */
static u32 search_from;		    /* no page below this one is free */

void region_init(void)
{
	u32 tables = REGION_PAGES / 512, first = (HV_PLUGIN_START >> 21) & 511, i;

	region_pte = heap_pages(tables);
	BUG_ON(!region_pte);
	for (i = 0; i < tables; i++)
		hv_l2[first + i] = hv_pa(region_pte + i * 512) | PTE_P | PTE_RW | PTE_A;
	poison_region(0, REGION_PAGES);
}

static bool is_used(u32 page)
{
	return used[page / 32] >> page % 32 & 1;
}

static void mark(u32 first, u32 pages, bool on)
{
	u32 i;

	for (i = first; i < first + pages; i++) {
		if (on)
			used[i / 32] |= 1u << i % 32;
		else
			used[i / 32] &= ~(1u << i % 32);
	}
}

u32 region_alloc(u32 pages)
{
	u32 i, run = 0;

	while (search_from < REGION_PAGES && is_used(search_from))
		search_from++;
	for (i = search_from; i < REGION_PAGES; i++) {
		if (!run && used[i / 32] == ~0u) {
			i |= 31;
			continue;
		}
		run = is_used(i) ? 0 : run + 1;
		if (run == pages) {
			mark(i + 1 - pages, pages, true);
			poison_region_check(i + 1 - pages, pages);
			region_free_pages -= pages;
			return i + 1 - pages;
		}
	}
	return REGION_NONE;
}

void region_free(u32 first, u32 pages)
{
	mark(first, pages, false);
	poison_region(first, pages);
	region_free_pages += pages;
	search_from = MIN(search_from, first);
}

static int map_one(u32 page, mfn_t mfn, pte_t flags)
{
	pte_t e = mfn_pte(mfn, flags | PTE_P | PTE_A);
	int err = flags & PTE_RW ? frame_get_type(mfn, TYPE_WRITABLE) : frame_get(mfn);

	if (err)
		return err;
	if (!have_nx)
		e &= ~PTE_NX;
	region_pte[page] = flags & PTE_RW ? e | PTE_D : e;
	return 0;
}

int region_map(u32 *list, u32 page, u32 nr, pte_t flags)
{
	u32 mfn[64], i, n;
	int err;

	for (; nr; nr -= n, page += n, *list += n * sizeof(mfn[0])) {
		n = MIN(nr, ARRAY_SIZE(mfn));
		if (copy_from_guest(mfn, *list, n * sizeof(mfn[0])))
			return -EFAULT;
		for (i = 0; i < n; i++) {
			err = map_one(page + i, mfn[i], flags);
			if (err) {
				log_debug("plugin: frame %x refused: error %d", mfn[i], err);
				return -EPERM;
			}
		}
	}
	return 0;
}

/* Flush the translations of these pages, before the frames or the pages are reused. */
static void flush(u32 first, u32 pages)
{
	u32 i;

	if (pages > FLUSH_ONE_BY_ONE) {
		tlb_flush();
		return;
	}
	for (i = first; i < first + pages; i++)
		tlb_flush_page(HV_PLUGIN_START + i * PAGE_SIZE);
}

void region_unmap(u32 first, u32 pages)
{
	u32 i;

	for (i = first; i < first + pages; i++)
		region_pte[i] &= ~PTE_P;
	flush(first, pages);
	for (i = first; i < first + pages; i++) {
		pte_t e = region_pte[i];

		if (!e)
			continue;
		region_pte[i] = 0;
		if (e & PTE_RW)
			frame_put_type(pte_mfn(e));
		else
			frame_put(pte_mfn(e));
	}
}
