// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page mode: the private page directory that a plugin in ring 3 runs on. It maps the
 * plugin's pages from HV_PLUGIN_PAGE_BASE on for user mode, and the monitor in the
 * last gigabyte for supervisor mode, and nothing else. The guest's memory is not
 * mapped: the monitor loads the guest's CR3 before it accesses any.
 *
 * All plugins share this one directory. page_dir_fill() copies a plugin's entries
 * (plugin/pages.c) before that plugin runs.
 */
#include <hv/cpu.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>
#include <hv/string.h>

#define TABLES DIV_ROUND_UP(PLUGIN_PAGES_MAX + PLUGIN_WINDOW_PAGES_MAX + 3, 512)

static pte_t l3[4] __aligned(32);
static pte_t *l1;  /* TABLES L1 tables, contiguous */
static u32 filled; /* entries of l1 from here on are 0 */

u32 page_dir_cr3;

void page_dir_init(void)
{
	pte_t *low = heap_pages(1), *high = heap_pages(1);
	u32 i;

	l1 = heap_pages(TABLES);
	BUG_ON(!low || !high || !l1);
	for (i = 0; i < TABLES; i++)
		low[(HV_PLUGIN_PAGE_BASE >> 21) + i] =
			hv_pa(l1 + i * 512) | PTE_P | PTE_RW | PTE_US | PTE_A;
	for (i = HV_L2_FIRST; i < 512; i++)
		high[i] = hv_l2[i];
	l3[0] = hv_pa(low) | PTE_P;
	l3[3] = hv_pa(high) | PTE_P;
	page_dir_cr3 = (u32)hv_pa(l3);
}

/* Needs no flush: CR3 is loaded before the plugin runs. */
void page_dir_fill(const struct plugin *p)
{
	const pte_t *from = p->pages;
	u32 nr = p->windows ? plugin_pages(p) : p->stack_end / PAGE_SIZE, i;

	for (i = 0; i < nr; i++)
		l1[i] = from[i] ? from[i] | PTE_US : 0;
	for (; i < filled; i++)
		l1[i] = 0;
	filled = nr;
}

void page_dir_clear(void)
{
	memset(l1, 0, filled * sizeof(l1[0]));
	filled = 0;
}
