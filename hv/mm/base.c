// SPDX-License-Identifier: GPL-2.0-only
/*
 * The base: the L3 that CR3 points to. Owns CR3 while the guest runs, and the type
 * reference that keeps the base's frame from changing its type.
 */
#include <hv/map_cache.h>
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/pt_entry.h>
#include <hv/tlb.h>

mfn_t current_l3 = MFN_INVALID;
mfn_t current_l2[L3_ENTRIES] = { MFN_INVALID, MFN_INVALID, MFN_INVALID, MFN_INVALID };

void base_reload(void)
{
	const pte_word *l3 = map_frame_fast(MAP_TABLE3, current_l3);
	u32 i;

	for (i = 0; i < L3_ENTRIES; i++)
		current_l2[i] = l3[2 * i] & LO_P ? l3[2 * i] >> PAGE_SHIFT : MFN_INVALID;
	tlb_load_base(current_l3);
}

int mm_new_base(mfn_t l3)
{
	mfn_t old = current_l3;
	int rc = type_get(l3, TYPE_L3);

	if (rc)
		return rc;
	current_l3 = l3;
	base_reload();
	/* Not before CR3 is loaded: until then the CPU walks from `old`. */
	if (old != MFN_INVALID)
		type_put(old);
	return 0;
}

void mm_adopt(mfn_t l3)
{
	int rc = type_get(l3, TYPE_L3);

	if (rc)
		panic("domain builder's page tables at frame %x: error %d", l3, rc);
	frame_of(l3)->type |= TYPE_PINNED;
}

/*
 * l2_validate() copies the monitor's slots into a top L2. A slot that hv_l2 has gained
 * since then is copied here, at the page fault of its first use.
 */
bool mm_fixup_fault(struct regs *r, u32 cr2)
{
	u32 slot = cr2 >> 21 & (PT_ENTRIES - 1);
	const pte_word *ours = (const pte_word *)&hv_l2[slot];
	pte_word *l2;

	(void)r;
	if (cr2 < HV_VIRT_START || current_l2[L3_TOP] == MFN_INVALID || !ours[0])
		return false;
	l2 = map_frame_fast(MAP_TABLE2, current_l2[L3_TOP]);
	if (l2[2 * slot])
		return false;
	WRITE_ONCE(l2[2 * slot + 1], ours[1]);
	WRITE_ONCE(l2[2 * slot], ours[0]);
	return true;
}

void mm_init(unsigned int maxphyaddr, bool nx)
{
	pt_check_init(maxphyaddr, nx);
	map_cache_init(nx);
}
