/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map cache's hit path, for the code that asks for every table it touches.
 */
#ifndef HV_MAP_CACHE_H
#define HV_MAP_CACHE_H

#include <hv/mm.h>

#define MAP_SLOTS (512 / MAP_NR) /* windows a class has */

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

static always_inline void *map_frame_fast(enum map_class c, mfn_t mfn)
{
	u32 window = c * MAP_SLOTS + mfn % MAP_SLOTS;

	if (likely(map_tag[window] == mfn))
		return (void *)(HV_MAP_CACHE + window * PAGE_SIZE);
	return map_frame_miss(window, mfn);
}
#endif

#endif
