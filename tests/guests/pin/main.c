// SPDX-License-Identifier: MIT
/*
 * Claim: pinning checks a table as a whole, and the table keeps its type until it is
 * unpinned. Pinning is refused when the page is mapped writable, has another type, is
 * pinned already, or has an invalid entry.
 *
 * Provoked by: valid and invalid L1 and L2 tables.
 *
 * Cannot tell: tables of level 3; guests/address-space pins those.
 */
#include <lib/test.h>

static u64 *table_alloc(void)
{
	return page_alloc();
}

/* Makes the page read-only, as a page must be before it becomes a table. */
static void seal(u64 *table)
{
	require(!page_rights(table, PTE_READONLY), "a page cannot be made read-only");
}

static void unseal(u64 *table)
{
	check_errno(page_rights(table, PTE_WRITABLE), 0, "a former table made writable");
}

static long pin(u32 level, const u64 *table)
{
	return mmuext(MMUEXT_PIN_L1_TABLE + level - 1, frame_of(table), 0);
}

static long unpin(const u64 *table)
{
	return mmuext(MMUEXT_UNPIN_TABLE, frame_of(table), 0);
}

/* Tries one bad entry in an otherwise good table. */
static void refuse(u32 level, u64 entry, const char *what)
{
	static u64 *table;

	if (!table)
		table = table_alloc();
	unseal(table);
	memset(table, 0, PAGE_SIZE);
	table[17] = entry;
	seal(table);
	if (!check(pin(level, table) < 0, "an L%u table with %s was pinned", level, what))
		unpin(table);
	/* The refusal left nothing behind. */
	unseal(table);
	table[17] = 0;
	seal(table);
	if (!check_errno(pin(level, table), 0, "pin after the refusal of %s", what))
		return;
	check_errno(unpin(table), 0, "unpin");
}

static void level1(void)
{
	u64 *table = table_alloc();
	u8 *page = page_alloc();

	table[0] = pte(frame_of(page), PTE_WRITABLE);
	table[511] = pte(frame_of(page), PTE_READONLY | PTE_US | PTE_NX);
	check(pin(1, table) < 0, "a page that can be written was pinned");
	seal(table);
	check_errno(pin(1, table), 0, "pin");
	check(pin(1, table) < 0, "a table was pinned twice");
	check(pin(2, table) < 0, "an L1 table was pinned as L2");
	check(page_rights(table, PTE_WRITABLE) < 0, "a pinned table was mapped writable");
	check_errno(page_rights(table, PTE_READONLY), 0, "mapped read-only");
	/* A stock Xen emulates the write. */
	if (on_ringfence())
		check_eq(probe_write(table, 0), FAULT(X86_PF, PF_PRESENT | PF_WRITE),
			 "write to it");
	/* Entries of the pinned table can be changed by mmu_update. */
	check_errno(mmu_update_one(machine_of(&table[1]), pte(frame_of(page), PTE_READONLY)), 0,
		    "update of an entry");
	check_eq(table[1], pte(frame_of(page), PTE_READONLY), "the entry");
	check(mmu_update_one(machine_of(&table[2]), pte(frame_of(table), PTE_WRITABLE)) < 0,
	      "a table mapped itself writable");
	/* A page that a pinned table maps writable cannot become a table. */
	check_errno(page_rights(page, PTE_READONLY), 0, "own mapping made read-only");
	check(mmuext(MMUEXT_PIN_L1_TABLE, frame_of(page), 0) < 0,
	      "a page that a pinned table maps writable was pinned");
	check_errno(unpin(table), 0, "unpin");
	check(unpin(table) < 0, "a table was unpinned twice");
	unseal(table);
	memset(page_alloc(), 0, 1);
	/* After the unpin the page can become a table. */
	check_errno(pin(1, (u64 *)page), 0, "pin of the page it mapped");
	check_errno(unpin((u64 *)page), 0, "unpin");
	check_errno(page_rights(page, PTE_WRITABLE), 0, "writable again");
}

static void level2(void)
{
	u64 *l1 = table_alloc(), *l2 = table_alloc(), *other = table_alloc();

	l1[3] = pte(frame_of(page_alloc()), PTE_WRITABLE);
	l2[5] = pte(frame_of(l1), PTE_P | PTE_RW | PTE_A);
	seal(l2);
	check(pin(2, l2) < 0, "an L2 table over a writable L1 was pinned");
	seal(l1);
	check_errno(pin(2, l2), 0, "pin");
	check(page_rights(l1, PTE_WRITABLE) < 0, "the L1 of a pinned L2 was mapped writable");
	check(pin(2, l1) < 0, "the L1 of a pinned L2 was pinned as L2");
	check_errno(pin(1, l1), 0, "pin of its L1 too");
	check_errno(unpin(l1), 0, "unpin of its L1");

	/* Entries of the L2: out, in, a second time. */
	check_errno(mmu_update_one(machine_of(&l2[5]), 0), 0, "L1 taken out");
	unseal(l1);
	l1[4] = pte(frame_of(l2), PTE_WRITABLE);
	seal(l1);
	check(mmu_update_one(machine_of(&l2[5]), pte(frame_of(l1), PTE_P | PTE_RW)) < 0,
	      "an L1 that maps its L2 writable was put in");
	unseal(l1);
	l1[4] = pte(frame_of(l2), PTE_READONLY);
	seal(l1);
	check_errno(mmu_update_one(machine_of(&l2[5]), pte(frame_of(l1), PTE_P | PTE_RW | PTE_US)),
		    0, "an L1 that maps its L2 read-only");
	check_errno(mmu_update_one(machine_of(&l2[6]), pte(frame_of(l1), PTE_P | PTE_RW)), 0,
		    "the same L1 twice");
	check(mmu_update_one(machine_of(&l2[7]), pte(frame_of(other), PTE_P | PTE_RW)) < 0,
	      "a writable page was put in as L1");
	check(mmu_update_one(machine_of(&l2[7]), pte(frame_of(other), PTE_P | PTE_PS)) < 0,
	      "a 2 MiB page was mapped");
	check_errno(unpin(l2), 0, "unpin");
	unseal(l2);
	unseal(l1);
}

void test_main(void)
{
	u64 *good = table_alloc();

	level1();
	level2();

	seal(good);
	refuse(1, pte(frame_of(good), PTE_WRITABLE) | 1ull << 62 | 1ull << 51, "reserved bits");
	refuse(1, pte(frame_of((void *)start_info->pt_base), PTE_WRITABLE),
	       "a writable mapping of the top table");
	refuse(1, pte(frame_of((void *)l1_entry(good)), PTE_WRITABLE),
	       "a writable mapping of an L1 in use");
	refuse(1, pte(FRAME_NONE, PTE_READONLY), "a frame beyond memory");
	refuse(2, pte(frame_of(good), PTE_P | PTE_PS | PTE_RW), "a 2 MiB page");
	refuse(2, pte(frame_of((void *)start_info->pt_base), PTE_P | PTE_RW), "an L3 as L1");
	refuse(2, pte(FRAME_NONE, PTE_P | PTE_RW), "an L1 beyond memory");
	refuse(2, pte(frame_of(&level1), PTE_P | PTE_RW), "the kernel's text as L1");

	check(mmuext(MMUEXT_PIN_L1_TABLE, FRAME_NONE, 0) < 0, "a frame beyond memory was pinned");
	check(mmuext(MMUEXT_PIN_L1_TABLE, ~0u, 0) < 0, "frame -1 was pinned");
	check(mmuext(MMUEXT_UNPIN_TABLE, ~0u, 0) < 0, "frame -1 was unpinned");
	check(mmuext(MMUEXT_UNPIN_TABLE, frame_of(page_alloc()), 0) < 0,
	      "an ordinary page was unpinned");
	/* There is no fourth level here; Xen ignores the command. */
	mmuext(MMUEXT_PIN_L4_TABLE, frame_of(good), 0);
	check_errno(page_rights(good, PTE_WRITABLE), 0, "a page that was never a table");
	report_success();
}
