// SPDX-License-Identifier: MIT
/*
 * Segment descriptors and page-table entries of the guest's, checked against the rules of the
 * exhaustive tests in tests/host, for every address width. Here all 64 bits are random; there
 * they come from lists.
 */
#include "target.h"

#include "desc_rules.h"
#include "pt_rules.h"

static void check_descriptor(u64 raw)
{
	struct desc d = { (u32)raw, (u32)(raw >> 32) };
	bool accepted;
	const char *broken = desc_broken_rule(d, &accepted);

	if (broken) {
		fprintf(stderr, "descriptor %016llx: not so: %s\n", raw, broken);
		abort();
	}
}

static void check_entry(u64 e, u64 other, unsigned int width, bool nx)
{
	u32 lo = (u32)e, hi = (u32)(e >> 32);
	u32 other_lo = (u32)other, other_hi = (u32)(other >> 32);
	enum pt_hold hold = pt_l1_hold(lo, PT_GUEST);

	pt_check_init(width, nx);
	REQUIRE(pt_l1_legal(lo, hi) == !(e & bad_bits(1, width, nx)));
	REQUIRE(pt_l2_legal(lo, hi) == !(e & bad_bits(2, width, nx)));
	REQUIRE(pt_l3_legal(lo, hi) == !(e & bad_bits(3, width, nx)));
	if (pt_l1_legal(lo, hi)) {
		REQUIRE((u64)pte_mfn(e) << 12 == (e & PTE_ADDR));
		REQUIRE(pt_is_high(hi) == (pte_mfn(e) >= 1u << 20));
	}
	REQUIRE(pt_l1_hold(lo, PT_MONITOR) == PT_REFUSE);
	REQUIRE(pt_l1_hold(lo, PT_DEVICE) == PT_NOTHING);
	REQUIRE(hold == (lo & (LO_PWT | LO_PCD) ? PT_REFUSE : lo & LO_RW ? PT_WRITABLE : PT_FRAME));
	/* What is exchanged unchecked names one frame and holds it in one way. */
	if (!pt_l1_legal(lo, hi) || !pt_l1_legal(other_lo, other_hi))
		return;
	if (pt_l1_same_hold(lo, hi, other_lo, other_hi))
		REQUIRE(pte_mfn(e) == pte_mfn(other) && hold == pt_l1_hold(other_lo, PT_GUEST));
	else
		REQUIRE((e ^ other) & ((PTE_ADDR & ~PTE_NX) | PTE_RW | PTE_PWT | PTE_PCD));
	REQUIRE(pt_same_table(lo, hi, other_lo, other_hi) == (pte_mfn(e) == pte_mfn(other)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	u8 machine = take8(&in), bit = take8(&in);
	u64 e, other;

	while (input_left(&in)) {
		e = take32(&in);
		e |= (u64)take32(&in) << 32;
		other = bit & 0x80 ? e ^ 1ull << bit % 64 :
				     (u64)take32(&in) << 32 | (e & 0xffffffff);
		check_descriptor(e);
		check_entry(e, other, 32 + machine % 21, machine & 0x80);
		bit = (u8)(bit * 5 + 1);
	}
	return 0;
}
