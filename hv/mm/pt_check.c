// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bits that a guest's page-table entry may have. Owns one invariant: the CPU
 * interprets an entry that is accepted here exactly as the type system does, at the
 * level that it was accepted for.
 *
 *  - Page size (bit 7 of an L2 entry) is refused: one entry would map 512
 *    frames and only one would be counted.
 *  - PAT (bit 7 of an L1 entry) is refused: it would choose a memory type that the
 *    monitor does not check. CPUID tells the guest that there is none.
 *  - PWT and PCD are for device memory. On RAM they are refused because the
 *    monitor maps the same frame write-back; on tables because the walk would
 *    then depend on them.
 *  - Global (bit 8) is stripped from L1 entries by the callers, because a move to CR3
 *    would not flush global translations, and that flush keeps stale writable
 *    translations off page tables (hv/tlb.h). It is not refused, because guests set it
 *    out of habit. In L2 entries it has no meaning and is refused like every such bit.
 *  - Bits 52..62, bits at and above the machine's physical address width, and
 *    NX on a CPU without it are reserved: the CPU would fault on them, or a
 *    later CPU would give them a meaning.
 *  - An L3 entry is a PDPTE: the CPU loads it at a move to CR3, and a reserved bit in
 *    it is #GP in ring 0. The accessed bit is reserved, but QEMU sets it in a page
 *    walk and guests copy entries: so it is stripped, not refused.
 *
 * No frame number above 2^32 is accepted on any CPU, so that a legal entry's frame
 * number fits mfn_t.
 */
#include <hv/layout.h>
#include <hv/pt_check.h>

u32 pt_bad_hi = ~0u;

#define MAXPHYADDR_OURS 44 /* 32 bits of frame number */

void pt_check_init(unsigned int maxphyaddr, bool nx)
{
	unsigned int width = MIN(MAX(maxphyaddr, 32u), MAXPHYADDR_OURS);

	pt_bad_hi = ~((1u << (width - 32)) - 1);
	if (nx)
		pt_bad_hi &= ~HI_NX;
}

bool pt_l2_legal(u32 lo, u32 hi)
{
	return !((lo & L2_BAD_LO) | (hi & pt_bad_hi));
}

bool pt_l3_legal(u32 lo, u32 hi)
{
	return !((lo & L3_BAD_LO) | (hi & (pt_bad_hi | HI_NX)));
}

enum pt_hold pt_l1_hold(u32 lo, enum pt_owner owner)
{
	switch (owner) {
	case PT_DEVICE:
		return PT_NOTHING;
	case PT_FIRMWARE:
		return lo & LO_RW ? PT_READ_ONLY : PT_NOTHING;
	case PT_GUEST:
		if (lo & (LO_PWT | LO_PCD))
			return PT_REFUSE;
		return lo & LO_RW ? PT_WRITABLE : PT_FRAME;
	default:
		return PT_REFUSE;
	}
}

bool pt_monitor_slot(bool top_l2, unsigned int slot)
{
	return top_l2 && slot >= HV_L2_FIRST;
}
