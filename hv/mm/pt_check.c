// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a guest's page-table entry may look like. Owns one invariant: an entry
 * that passes here makes the CPU walk exactly the way the type system thinks
 * it does, at whatever level it stands.
 *
 *  - Page size (bit 7 of an L2 entry) is refused: one entry would map 512
 *    frames and only one would be counted.
 *  - PAT (bit 7 of an L1 entry) is refused: the guest is told by CPUID that
 *    there is none, and it would choose a memory type behind our back.
 *  - PWT and PCD are for device memory. On RAM they are refused because the
 *    monitor maps the same frame write-back; on tables because the walk would
 *    then depend on them.
 *  - Global is stripped from L1 entries by the callers, not refused: guests
 *    set it as a matter of habit, and with it a reload of CR3 would not flush,
 *    which is what keeps stale writable entries off page tables (hv/tlb.h). In
 *    L2 entries it means nothing and is refused like every meaningless bit.
 *  - Bits 52..62, bits at and above the machine's physical address width, and
 *    NX where there is none are reserved: the CPU would fault on them, or a
 *    later CPU would give them a meaning.
 *  - An L3 entry is a PDPTE: the CPU loads it at a move to CR3 and takes #GP,
 *    in ring 0, for any reserved bit in it. Accessed is such a bit, but QEMU sets
 *    it when it walks, and guests copy entries: so it is stripped, not refused.
 *
 * No frame number above 2^32 is accepted whatever the CPU can do, so that a
 * legal entry's frame number fits mfn_t.
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
