// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map cache: 512 windows of 4 KiB on machine frames, for a monitor that
 * cannot map all of memory. Direct-mapped by frame number inside each class of
 * user, so that the tables of one walk, which belong to different classes,
 * never push each other out.
 *
 * Owns the L1 table of the area and the tags that say what is in it. A window
 * once made stays; it is right for as long as the machine runs, because a frame
 * number never means another frame. The windows are the monitor's alone: above
 * every guest segment's limit.
 */
#include <hv/map_cache.h>
#include <hv/pt_check.h>

mfn_t map_tag[512];
static u32 window_hi; /* high word of every window's entry: NX where there is one */

void map_cache_init(bool nx)
{
	u32 i;

	window_hi = nx ? HI_NX : 0;
	for (i = 0; i < ARRAY_SIZE(map_tag); i++)
		map_tag[i] = MFN_INVALID;
}

void *map_frame_miss(u32 window, mfn_t mfn)
{
	volatile u32 *entry = (volatile u32 *)&hv_map_cache_l1[window];
	u32 va = HV_MAP_CACHE + window * PAGE_SIZE;

	/* Only the low word ever changes, so no walk sees half an entry. */
	entry[1] = window_hi;
	entry[0] = mfn << PAGE_SHIFT | LO_P | LO_RW | LO_A | LO_D;
	if (map_tag[window] != MFN_INVALID)
		invlpg(va);
	map_tag[window] = mfn;
	return (void *)va;
}

void *map_frame(enum map_class c, mfn_t mfn)
{
	return map_frame_fast(c, mfn);
}
