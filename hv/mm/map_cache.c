// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map cache: 512 slots of 4 KiB through which the monitor reaches any machine
 * frame, as its address space is too small for all of memory. A frame's number and the
 * class of the caller (enum map_class) choose the slot; each class has slots of its
 * own, so that the tables of one walk never evict each other.
 *
 * Owns the area's L1 table and map_tag[], the frame that each slot maps. A mapping
 * stays until its slot is needed for another frame. The slots lie above the limit
 * of every segment of the guest.
 */
#include <hv/map_cache.h>
#include <hv/pt_check.h>

mfn_t map_tag[512];
static u32 slot_hi; /* high word of every slot's entry: NX if the CPU has it */

void map_cache_init(bool nx)
{
	u32 i;

	slot_hi = nx ? HI_NX : 0;
	for (i = 0; i < ARRAY_SIZE(map_tag); i++)
		map_tag[i] = MFN_INVALID;
}

void *map_frame_miss(u32 slot, mfn_t mfn)
{
	volatile u32 *entry = (volatile u32 *)&hv_map_cache_l1[slot];
	u32 va = HV_MAP_CACHE + slot * PAGE_SIZE;

	/* The high word is always the same, so no page walk sees half an entry. */
	entry[1] = slot_hi;
	entry[0] = mfn << PAGE_SHIFT | LO_P | LO_RW | LO_A | LO_D;
	if (map_tag[slot] != MFN_INVALID)
		invlpg(va);
	map_tag[slot] = mfn;
	return (void *)va;
}

void *map_frame(enum map_class c, mfn_t mfn)
{
	return map_frame_fast(c, mfn);
}
