// SPDX-License-Identifier: MIT
/*
 * Page mode's page directory: every entry of its tables after boot, after the directory was
 * filled for plugins of several sizes in turn, and after it was cleared.
 *
 * Cannot tell: that a CPU accepts the tables; every boot in page mode does.
 */
#include <string.h>

#include <hv/cpu.h>
#include <hv/plugin_slot.h>

#include "check.h"
#include "silent_log.h"

#define ENTRIES (PLUGIN_PAGES_MAX + PLUGIN_WINDOW_PAGES_MAX + 3) /* of the largest plugin */
#define TABLES	DIV_ROUND_UP(ENTRIES, 512)
#define BEHIND	2u /* further tables, which must not change */
#define FRAME	0x1000u
#define FIRST	5u

/* ---- the rest of the monitor ---- */

pte_t hv_l2[512];
u32 plugin_mode = PLUGIN_MODE_PAGE;
static pte_t pages[2 + TABLES + BEHIND][512] __aligned(4096);
static pte_t list[FIRST + ENTRIES + 512]; /* the plugin's from FIRST on */
static u32 taken;

void *heap_pages(u32 nr)
{
	pte_t *at = pages[taken];

	CHECK(taken + nr <= 2 + TABLES, "%u pages", nr);
	taken += nr;
	return at;
}

/* ---- the tables as a CPU would walk them ---- */

static pte_t *table(pte_t entry)
{
	return (pte_t *)((u32)(entry & PTE_ADDR) + HV_PHYS_OFFSET);
}

/* The L3: 32 bytes that need not be at the begin of a page. */
static const pte_t *top(void)
{
	return (const pte_t *)(page_dir_cr3 + HV_PHYS_OFFSET);
}

static pte_t *leaves(u32 n)
{
	const pte_t *l2 = table(top()[0]);

	return table(l2[(HV_PLUGIN_PAGE_BASE >> 21) + n]);
}

static void check_directory(void)
{
	const pte_t *l3 = top(), *low, *high;
	u32 first = HV_PLUGIN_PAGE_BASE >> 21, i;

	CHECK((l3[0] & ~PTE_ADDR) == PTE_P && (l3[3] & ~PTE_ADDR) == PTE_P && !l3[1] && !l3[2]);
	CHECK(page_dir_cr3 % 32 == 0);
	low = table(l3[0]);
	high = table(l3[3]);
	for (i = 0; i < 512; i++) {
		bool shown = i >= first && i < first + TABLES;
		pte_t wanted = shown ? PTE_P | PTE_RW | PTE_US | PTE_A : 0;

		CHECK((low[i] & ~PTE_ADDR) == wanted, "%u: %llx", i, low[i]);
		CHECK(!shown || table(low[i]) == leaves(0) + (i - first) * 512, "%u", i);
		CHECK(high[i] == (i < HV_L2_FIRST ? 0 : hv_l2[i]), "%u: %llx", i, high[i]);
	}
}

/*
 * Checks that the first nr L1 entries are those of the plugin, with US set, and that all
 * other entries are 0.
 */
static void check_leaves(u32 nr)
{
	const pte_t *behind = pages[2 + TABLES];
	u32 i;

	for (i = 0; i < TABLES * 512; i++) {
		pte_t is = leaves(0)[i], its = i < nr ? list[FIRST + i] : 0;

		CHECK(is == (its ? its | PTE_US : 0), "entry %u of %u: %llx", i, nr, is);
	}
	for (i = 0; i < BEHIND * 512; i++)
		CHECK(!behind[i], "entry %u behind", i);
}

static void show(u32 nr, u32 stack, u32 windows)
{
	struct plugin p = { .pages = list + FIRST,
			    .end = nr * PAGE_SIZE,
			    .stack_end = stack * PAGE_SIZE,
			    .windows = (u16)windows };

	page_dir_fill(&p);
	check_leaves(windows ? nr : stack);
}

int main(void)
{
	u32 i;

	for (i = 0; i < 512; i++)
		hv_l2[i] = (pte_t)(0x800 + i) << PAGE_SHIFT | PTE_P;
	/* Every third page is unmapped, like page 0 and the guard pages of a plugin. */
	for (i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = i % 3 == FIRST % 3 ? 0 : (pte_t)(FRAME + i) << PAGE_SHIFT | PTE_P;
	page_dir_init();
	CHECK(taken == 2 + TABLES);
	check_directory();
	check_leaves(0);
	show(12, 8, 0);
	show(40, 8, 3);
	show(12, 8, 1);
	show(ENTRIES, 4000, 1);
	show(ENTRIES, 4000, 0);
	show(5, 4, 0);
	page_dir_clear();
	check_leaves(0);
	check_directory();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
