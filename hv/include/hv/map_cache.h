/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map cache's hit path, inline for mm/, which maps every table that it accesses.
 */
#ifndef HV_MAP_CACHE_H
#define HV_MAP_CACHE_H

#include <hv/mm.h>

void map_cache_init(bool nx);

#ifdef MM_HOST_TEST
static inline void *map_frame_fast(enum map_class c, mfn_t mfn)
{
	return map_frame(c, mfn);
}
#else
/* The frame that each slot maps; MFN_INVALID: none yet. */
extern mfn_t map_tag[512];
void *map_frame_miss(u32 slot, mfn_t mfn);

/* The slot for a frame. L1 tables are the most numerous and get half of the slots. */
static always_inline u32 map_slot(enum map_class c, mfn_t mfn)
{
	switch (c) {
	case MAP_TABLE:
		return mfn % 256;
	case MAP_TABLE2:
		return 256 + mfn % 128;
	case MAP_TABLE3:
		return 384 + mfn % 64;
	default:
		return 448 + mfn % 64;
	}
}

static always_inline void *map_frame_fast(enum map_class c, mfn_t mfn)
{
	u32 slot = map_slot(c, mfn);

	if (likely(map_tag[slot] == mfn))
		return (void *)(HV_MAP_CACHE + slot * PAGE_SIZE);
	return map_frame_miss(slot, mfn);
}
#endif

#endif
