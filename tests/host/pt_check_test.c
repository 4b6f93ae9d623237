// SPDX-License-Identifier: MIT
/*
 * mm/pt_check.c: every combination of low bits, with every high bit and pair of high bits,
 * on machines with every address width, against the rules of pt_rules.h.
 *
 * Cannot tell: whether a real CPU agrees with the manual.
 */
#include <stdio.h>
#include <stdlib.h>

#include <hv/layout.h>
#include <hv/pt_check.h>

#include "pt_rules.h"
#include "check.h"

static void check_entry(u64 e, const u64 bad[4], unsigned int width, bool nx)
{
	u32 lo = (u32)e, hi = (u32)(e >> 32);

	CHECK(pt_l1_legal(lo, hi) == !(e & bad[1]), "L1 %llx width %u nx %d", e, width, nx);
	CHECK(pt_l2_legal(lo, hi) == !(e & bad[2]), "L2 %llx width %u nx %d", e, width, nx);
	CHECK(pt_l3_legal(lo, hi) == !(e & bad[3]), "L3 %llx width %u nx %d", e, width, nx);
	if (pt_l1_legal(lo, hi)) {
		CHECK(pt_is_high(hi) == ((e & PTE_ADDR) >> 32 != 0), "%llx", e);
		CHECK((u64)pte_mfn(e) << 12 == (e & PTE_ADDR), "%llx loses address bits", e);
	}
}

static void check_legal(unsigned int width, bool nx)
{
	u64 bad[4] = { 0, bad_bits(1, width, nx), bad_bits(2, width, nx), bad_bits(3, width, nx) };
	unsigned int i, j;
	u32 low;

	pt_check_init(width, nx);
	for (low = 0; low < 0x1000; low++) {
		u64 e = low | 1;

		check_entry(e, bad, width, nx);
		check_entry(e | LO_ADDR, bad, width, nx);
		for (i = 32; i < 64; i++)
			for (j = i; j < 64; j++)
				check_entry(e | 1ull << i | 1ull << j, bad, width, nx);
		check_entry(e | ~0ull << 12, bad, width, nx);
	}
}

/* pt_l1_same_hold() may accept only entries that need the same references and checks. */
static void check_same_hold(void)
{
	u32 a, b;

	for (a = 0; a < 0x1000; a++)
		for (b = 0; b < 0x1000; b++) {
			bool same = pt_l1_same_hold(a, 0, b, HI_NX);
			bool alike = pt_l1_hold(a, PT_GUEST) == pt_l1_hold(b, PT_GUEST) &&
				     (a & (LO_PWT | LO_PCD)) == (b & (LO_PWT | LO_PCD)) &&
				     (a & LO_RW) == (b & LO_RW);

			CHECK(same == alike, "flags %x and %x", a, b);
			CHECK(pt_same_table(a, HI_NX, b, 0), "flags %x and %x", a, b);
		}
	for (a = 12; a < 63; a++) {
		u64 e = 1ull << a | LO_P;
		bool same = pt_l1_same_hold((u32)e, (u32)(e >> 32), LO_P, 0);

		CHECK(!same, "address bit %u", a);
		same = pt_same_table((u32)e, (u32)(e >> 32), LO_P, 0);
		CHECK(!same, "address bit %u", a);
	}
}

static void check_hold(void)
{
	u32 f;

	for (f = 0; f < 0x1000; f++) {
		CHECK(pt_l1_hold(f, PT_MONITOR) == PT_REFUSE, "flags %x", f);
		CHECK(pt_l1_hold(f, PT_DEVICE) == PT_NOTHING, "flags %x", f);
		if (f & (1 << 3 | 1 << 4))
			CHECK(pt_l1_hold(f, PT_GUEST) == PT_REFUSE, "flags %x", f);
		else if (f & 1 << 1)
			CHECK(pt_l1_hold(f, PT_GUEST) == PT_WRITABLE, "flags %x", f);
		else
			CHECK(pt_l1_hold(f, PT_GUEST) == PT_FRAME, "flags %x", f);
	}
}

static void check_slots(void)
{
	u32 s;

	for (s = 0; s < PT_ENTRIES; s++) {
		u64 va = (3ull << 30) + ((u64)s << 21);

		CHECK(!pt_monitor_slot(false, s), "slot %u", s);
		CHECK(pt_monitor_slot(true, s) == (va >= HV_VIRT_START), "slot %u", s);
	}
}

int main(void)
{
	unsigned int width;

	/* Before pt_check_init() every high bit is refused. */
	CHECK(!pt_l1_legal(LO_P, HI_NX) && !pt_l1_legal(LO_P, 1), "before init");
	for (width = 32; width <= 52; width++) {
		check_legal(width, false);
		check_legal(width, true);
	}
	check_same_hold();
	check_hold();
	check_slots();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
