// SPDX-License-Identifier: MIT
/*
 * The map cache's miss path: the entry with and without NX, the window that a miss writes,
 * and when the miss flushes a translation.
 *
 * Cannot tell: that the windows lie where the monitor looks; every boot does.
 */
#include <hv/map_cache.h>
#include <hv/pt_check.h>

#include "check.h"
#include "fake_cpu.h"

#define WINDOWS 512u
#define ENTRY	(LO_P | LO_RW | LO_A | LO_D)

pte_t hv_map_cache_l1[WINDOWS];

static u32 window_address(u32 window)
{
	return HV_MAP_CACHE + window * PAGE_SIZE;
}

static void miss(u32 window, mfn_t mfn, bool flushed, u32 hi)
{
	pte_t before[2] = { hv_map_cache_l1[(window + 1) % WINDOWS],
			    hv_map_cache_l1[(window - 1) % WINDOWS] };

	cpu.invalidations = 0;
	CHECK((u32)map_frame_miss(window, mfn) == window_address(window), "window %u", window);
	CHECK(hv_map_cache_l1[window] == ((u64)hi << 32 | mfn << PAGE_SHIFT | ENTRY), "%llx",
	      hv_map_cache_l1[window]);
	CHECK(map_tag[window] == mfn, "%x", map_tag[window]);
	CHECK(cpu.invalidations == flushed, "%u flushes", cpu.invalidations);
	CHECK(!flushed || cpu.invalidated == window_address(window), "%x", cpu.invalidated);
	CHECK(before[0] == hv_map_cache_l1[(window + 1) % WINDOWS]);
	CHECK(before[1] == hv_map_cache_l1[(window - 1) % WINDOWS]);
}

static void all_windows(bool nx)
{
	u32 hi = nx ? HI_NX : 0, i;

	memset(map_tag, 0, sizeof(map_tag));
	map_cache_init(nx);
	for (i = 0; i < WINDOWS; i++)
		CHECK(map_tag[i] == MFN_INVALID, "window %u", i);
	/* A CPU does not cache an entry that is not present (SDM 3, 4.10.2.3): no flush. */
	for (i = 0; i < WINDOWS; i++)
		miss(i, i + 7, false, hi);
	for (i = 0; i < WINDOWS; i++)
		miss(i, 0xfffff - i, true, hi);
}

int main(void)
{
	fake_cpu_init();
	all_windows(true);
	all_windows(false);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
