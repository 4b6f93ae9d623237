/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map cache's hit path, for the code that asks for every table it touches.
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
/* Which frame a window shows; MFN_INVALID: none yet. */
extern mfn_t map_tag[512];
void *map_frame_miss(u32 window, mfn_t mfn);

/* There are more L1 tables than anything else. */
static always_inline u32 map_window(enum map_class c, mfn_t mfn)
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
	u32 window = map_window(c, mfn);

	if (likely(map_tag[window] == mfn))
		return (void *)(HV_MAP_CACHE + window * PAGE_SIZE);
	return map_frame_miss(window, mfn);
}
#endif

#endif
