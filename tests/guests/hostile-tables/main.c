// SPDX-License-Identifier: MIT
/*
 * Claim: a guest gets no page table that is writable, has two types, contains itself,
 * lacks the monitor's half, or has reserved bits set. A refused table or entry leaves no
 * reference held.
 *
 * Provoked by: tables that name themselves and one another at each level, pinned in each
 * order; pinned tables and tables in use, mapped and changed in each way; all 64 bits of
 * entries of each level, alone and with others; page directories without the monitor's
 * half, with that of another directory, and with a forged one.
 *
 * Cannot tell: random sequences (guests/hypercall-random); the decision about a single
 * entry (tests/host).
 */
#include <lib/test.h>

static u64 *table[6];
static u8 *page;

static long pin(u32 level, const u64 *t)
{
	return mmuext(MMUEXT_PIN_L1_TABLE + level - 1, frame_of(t), 0);
}

static long unpin(const u64 *t)
{
	return mmuext(MMUEXT_UNPIN_TABLE, frame_of(t), 0);
}

/* Makes the table writable, clears it, and makes it read-only. The table must not be in use. */
static void renew(u64 *t)
{
	require(!page_rights(t, PTE_WRITABLE), "a table is not ours any more");
	memset(t, 0, PAGE_SIZE);
}

static void seal(u64 *t)
{
	require(!page_rights(t, PTE_READONLY), "a table cannot be made read-only");
}

static void all_free(const char *after)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		check_errno(page_rights(table[i], PTE_WRITABLE), 0, "%s: table %u", after, i);
		memset(table[i], 0, PAGE_SIZE);
	}
}

/* ---- loops ---- */

#define TABLE (PTE_P | PTE_RW | PTE_US | PTE_A)

/* An entry of a table of `level` that names t. L3 entries have no rights. */
static u64 names(u32 level, const u64 *t)
{
	return level == 3 ? pte(frame_of(t), PTE_P) : pte(frame_of(t), TABLE);
}

static void loops(void)
{
	u32 level, n, i, other;

	for (level = 2; level <= 3; level++) {
		/* A table that names itself. */
		renew(table[0]);
		table[0][1] = names(level, table[0]);
		seal(table[0]);
		check(pin(level, table[0]) < 0, "an L%u that names itself was pinned", level);
		/* A ring of n tables, each naming the next, pinned starting at each of them. */
		for (n = 2; n <= 4; n++)
			for (i = 0; i < n; i++) {
				u32 k;

				for (k = 0; k < n; k++) {
					renew(table[k]);
					table[k][k % 3] = names(level, table[(k + 1) % n]);
				}
				for (k = 0; k < n; k++)
					seal(table[k]);
				/* With n > level the ring is open: its last frame is a page. */
				if (!pin(level, table[i])) {
					check(n > level, "a ring of %u L%u was pinned", n, level);
					check_errno(unpin(table[i]), 0, "unpin");
				}
			}
		/* A table that names a table of its own level or of a higher one. */
		for (other = level; other <= 3; other++) {
			const u64 *below = other == 3 ? (u64 *)start_info->pt_base : table[1];

			renew(table[0]);
			renew(table[1]);
			table[0][2] = names(level, below);
			seal(table[0]);
			seal(table[1]);
			if (other == 2)
				check_errno(pin(2, table[1]), 0, "L2");
			check(pin(level, table[0]) < 0, "an L%u over an L%u was pinned", level,
			      other);
			if (other == 2)
				check_errno(unpin(table[1]), 0, "unpin");
		}
	}
	all_free("loops");

	/*
	 * Entries set after the table is pinned, which would have been refused when it was
	 * pinned.
	 */
	seal(table[0]);
	seal(table[1]);
	check_errno(pin(2, table[0]), 0, "L2");
	check_errno(pin(2, table[1]), 0, "another L2");
	check(mmu_update_one(machine_of(&table[0][5]), names(2, table[0])) < 0, "L2 into itself");
	check(mmu_update_one(machine_of(&table[0][5]), names(2, table[1])) < 0, "L2 into L2");
	check(mmu_update_one(machine_of(&table[0][5]), names(2, (u64 *)start_info->pt_base)) < 0,
	      "the running L3 into an L2");
	check_errno(unpin(table[0]), 0, "unpin");
	check_errno(unpin(table[1]), 0, "unpin");
	all_free("loops made later");
}

/* ---- types, in each order, in one multicall ---- */

enum { PIN1, PIN2, UNPIN, WRITABLE, READONLY, ROUNDS = 5 * 5 * 5 * 5 };

static long step(u32 what, u64 *t)
{
	switch (what) {
	case PIN1:
		return pin(1, t);
	case PIN2:
		return pin(2, t);
	case UNPIN:
		return unpin(t);
	default:
		return page_rights(t, what == WRITABLE ? PTE_WRITABLE : PTE_READONLY);
	}
}

/* Tracks by the rules which frames are pinned and which are writable; each result must agree. */
static void orders(void)
{
	u32 round, n, i;

	for (round = 0; round < ROUNDS; round++) {
		u64 *t = table[0];
		u32 pinned = 0;
		bool writable = true;

		for (i = 0, n = round; i < 4; i++, n /= 5) {
			u32 what = n % 5;
			bool ok = what <= PIN2	   ? !pinned && !writable :
				  what == UNPIN	   ? pinned :
				  what == WRITABLE ? !pinned :
						     true;
			long err = step(what, t);

			if (!check(!err == ok, "order %u, step %u: %ld", round, i, err))
				break;
			if (err)
				continue;
			if (what <= PIN2)
				pinned = what + 1;
			else if (what == UNPIN)
				pinned = 0;
			else
				writable = what == WRITABLE;
		}
		if (pinned)
			check_errno(unpin(t), 0, "order %u: unpin", round);
		check_errno(page_rights(t, PTE_WRITABLE), 0, "order %u: writable", round);
	}
	all_free("orders");
}

/* ---- what runs ---- */

static void running(void)
{
	volatile u64 *l3 = (u64 *)start_info->pt_base, *l2 = l2_entry(page), *l1 = l1_entry(page);
	u64 *tables[3] = { (u64 *)l3, (u64 *)((u32)l2 & ~(PAGE_SIZE - 1)),
			   (u64 *)((u32)l1 & ~(PAGE_SIZE - 1)) };
	u64 home = *l1, l2_was = *l2;
	u32 i;

	for (i = 0; i < 3; i++) {
		u32 frame = frame_of(tables[i]);

		check(page_rights(tables[i], PTE_WRITABLE) < 0, "running table %u made writable",
		      i);
		check(page_map(page, frame, PTE_WRITABLE) < 0, "running table %u, an alias", i);
		check(page_map(page, frame, PTE_WRITABLE | PTE_US | PTE_NX) < 0, "and of ring 3");
		check(mmu_update_one(machine_of(l1), pte(frame, PTE_WRITABLE)) < 0, "by update");
		check(pin(3 - i, tables[i]) < 0 || !unpin(tables[i]), "pinned again");
		check(mmuext(MMUEXT_PIN_L1_TABLE + (3 - i) % 3, frame, 0) < 0, "as another level");
		check(mmuext(MMUEXT_PIN_L1_TABLE + (4 - i) % 3, frame, 0) < 0, "as another level");
		check(hypercall(set_gdt, &frame, 512) < 0, "as a GDT");
		check(update_descriptor((u64)frame << PAGE_SHIFT, 0) < 0, "a descriptor into it");
		check_eq(FAULT_VECTOR(probe_write(tables[i], 0)), X86_PF, "write to table %u", i);
	}
	check_eq(*l1 & ~(PTE_A | PTE_D), home & ~(PTE_A | PTE_D), "the page's entry");
	/* The top L2 in another slot of the L3, or removed from slot 3. */
	check(mmu_update_one(machine_of(&l3[0]), l3[3]) < 0, "the top L2 at 0");
	check(mmu_update_one(machine_of(&l3[3]), 0) < 0, "no top L2");
	check(mmu_update_one(machine_of(&l3[3]), names(3, table[0])) < 0, "a page as the top L2");
	/* The monitor's slots in the top L2. */
	{
		u64 *top = page_of_frame((u32)((l3[3] & PTE_FRAME) >> PAGE_SHIFT));

		require(top, "no top L2");
		for (i = 428; i < 512; i++) {
			check(mmu_update_one(machine_of(&top[i]), 0) < 0, "slot %u taken away", i);
			check(mmu_update_one(machine_of(&top[i]), l2_was) < 0, "slot %u changed",
			      i);
			check(mmu_update_one(machine_of(&top[i]), top[i] | PTE_US) < 0,
			      "slot %u opened", i);
		}
	}
	/* Large pages where the kernel is. */
	check(mmu_update_one(machine_of(l2), (l2_was & ~PTE_FRAME) | PTE_PS) < 0, "2 MiB at 0");
	check(mmu_update_one(machine_of(l2), l2_was | PTE_PS) < 0, "PS in a running L2");
	all_free("running");
}

/* ---- directories ---- */

static void directories(void)
{
	u64 *l3 = (u64 *)start_info->pt_base, *top = page_of_frame((u32)(l3[3] >> PAGE_SHIFT));
	u32 i, k;

	require(top, "no top L2");
	/* No top; a top that is no L2; a forged half. */
	for (k = 0; k < 4; k++) {
		for (i = 0; i < 2; i++)
			renew(table[i]);
		if (k >= 1)
			table[0][3] = names(3, table[1]);
		if (k == 2)
			table[1][428] = pte(frame_of(page), TABLE);
		if (k == 3)
			for (i = 428; i < 512; i++)
				table[1][i] = (top[i] & ~PTE_RW) | PTE_US;
		seal(table[0]);
		if (k)
			seal(table[1]);
		if (!pin(3, table[0])) {
			/* Accepted: then the half is the monitor's own. */
			check(k, "a directory without a top was pinned");
			for (i = 428; i < 512; i++)
				check_eq(table[1][i] & ~(PTE_A | PTE_D), top[i] & ~(PTE_A | PTE_D),
					 "slot %u", i);
			check_errno(unpin(table[0]), 0, "unpin");
		}
		check(mmuext(MMUEXT_NEW_BASEPTR, frame_of(table[2]), 0) < 0, "a page as directory");
	}
	for (i = 0; i < 2; i++)
		renew(table[i]);
	seal(table[1]);
	check_errno(pin(1, table[1]), 0, "L1");
	check(mmuext(MMUEXT_NEW_BASEPTR, frame_of(table[1]), 0) < 0, "an L1 as directory");
	check(mmuext(MMUEXT_NEW_BASEPTR, frame_of(top), 0) < 0, "an L2 as directory");
	check(mmuext(MMUEXT_NEW_BASEPTR, 0x100, 0) < 0, "the monitor's as directory");
	check(mmuext(MMUEXT_NEW_BASEPTR, ~0u, 0) < 0, "-1 as directory");
	check_errno(unpin(table[1]), 0, "unpin");
	check_errno(mmuext(MMUEXT_NEW_BASEPTR, frame_of(l3), 0), 0, "the running one");
	all_free("directories");
}

/* ---- bits ---- */

/* Bits above the frame number and below NX, which not every engine checks. */
#define RESERVED (0x7ffull << 52 | 1ull << 51)

/* In the running tables: taken or refused, no access meets a reserved bit. */
static void bits(void)
{
	static const u64 with[] = { 0, PTE_PS, PTE_G, PTE_NX, 1ull << 12, 1ull << 40, 1ull << 52 };
	volatile u64 *l1 = l1_entry(page), *l2, *l3 = l3_entry((void *)0x40000000);
	u64 *low = table[0], *mine = table[1], home;
	u32 bit, i, taken[3] = { 0 }, scratch = 0x40000000;
	fault_t fault;

	home = *l1;
	for (bit = 0; bit < 64; bit++)
		for (i = 0; i < ARRAY_SIZE(with); i++) {
			u64 entry = (home | with[i]) ^ 1ull << bit;

			if (update_va_mapping(page, entry, UVMF_INVLPG))
				continue;
			taken[0]++;
			fault = probe_read(page, NULL);
			check(!fault || !(FAULT_ERROR(fault) & PF_RSVD), "L1 entry %llx: fault %x",
			      entry, fault);
			check(!(*l1 & PTE_P) || !(*l1 & (PTE_G | RESERVED)), "L1 entry %llx", *l1);
			check_errno(update_va_mapping(page, home, UVMF_INVLPG), 0, "back");
		}
	/* A new L2 at 1 GiB, with one L1. */
	renew(low);
	renew(mine);
	mine[0] = pte(frame_of(page), PTE_READONLY);
	seal(low);
	seal(mine);
	require(!l3_entry((void *)scratch) || !(*l3_entry((void *)scratch) & PTE_P),
		"1 GiB is used");
	for (bit = 0; bit < 64; bit++)
		for (i = 0; i < ARRAY_SIZE(with); i++) {
			u64 entry = (names(3, low) | with[i]) ^ 1ull << bit;

			if (mmu_update_one(machine_of(l3), entry))
				continue;
			taken[2]++;
			mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
			fault = probe_read((void *)scratch, NULL);
			check(!(FAULT_ERROR(fault) & PF_RSVD), "L3 entry %llx: fault %x", entry,
			      fault);
			check(!(entry & PTE_P) || !(*l3 & (RESERVED | PTE_NX)), "L3 entry %llx",
			      *l3);
			check_errno(mmu_update_one(machine_of(l3), 0), 0, "taken out");
		}
	check_errno(mmu_update_one(machine_of(l3), names(3, low)), 0, "L3");
	l2 = l2_entry((void *)scratch);
	require(l2, "no L2");
	for (bit = 0; bit < 64; bit++)
		for (i = 0; i < ARRAY_SIZE(with); i++) {
			u64 entry = (names(2, mine) | with[i]) ^ 1ull << bit;

			if (mmu_update_one(machine_of(l2), entry))
				continue;
			taken[1]++;
			mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
			fault = probe_read((void *)scratch, NULL);
			check(!(FAULT_ERROR(fault) & PF_RSVD), "L2 entry %llx: fault %x", entry,
			      fault);
			check(!(*l2 & PTE_P) || !(*l2 & (PTE_PS | RESERVED)), "L2 entry %llx", *l2);
			check_errno(mmu_update_one(machine_of(l2), 0), 0, "taken out");
		}
	check_errno(mmu_update_one(machine_of(l3), 0), 0, "L3 taken out");
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	print("of %u entries, taken: %u L1, %u L2, %u L3\n", 64 * (u32)ARRAY_SIZE(with), taken[0],
	      taken[1], taken[2]);
	all_free("bits");
}

void test_main(void)
{
	u32 i;

	page = page_alloc();
	for (i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = page_alloc();
	loops();
	orders();
	running();
	directories();
	bits();
	*(volatile u32 *)page = 1;
	report_success();
}
