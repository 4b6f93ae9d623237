// SPDX-License-Identifier: MIT
/*
 * The map cache's miss path: the entry with and without NX, the slot that a miss writes,
 * and when the miss flushes a translation.
 *
 * Cannot tell: that the slots lie where the monitor looks; every boot does.
 */
#include <hv/map_cache.h>
#include <hv/pt_check.h>

#include "check.h"
#include "fake_cpu.h"

#define SLOTS 512u
#define ENTRY (LO_P | LO_RW | LO_A | LO_D)

pte_t hv_map_cache_l1[SLOTS];

static u32 slot_address(u32 slot)
{
	return HV_MAP_CACHE + slot * PAGE_SIZE;
}

static void miss(u32 slot, mfn_t mfn, bool flushed, u32 hi)
{
	pte_t before[2] = { hv_map_cache_l1[(slot + 1) % SLOTS],
			    hv_map_cache_l1[(slot - 1) % SLOTS] };

	cpu.invalidations = 0;
	CHECK((u32)map_frame_miss(slot, mfn) == slot_address(slot), "slot %u", slot);
	CHECK(hv_map_cache_l1[slot] == ((u64)hi << 32 | mfn << PAGE_SHIFT | ENTRY), "%llx",
	      hv_map_cache_l1[slot]);
	CHECK(map_tag[slot] == mfn, "%x", map_tag[slot]);
	CHECK(cpu.invalidations == flushed, "%u flushes", cpu.invalidations);
	CHECK(!flushed || cpu.invalidated == slot_address(slot), "%x", cpu.invalidated);
	CHECK(before[0] == hv_map_cache_l1[(slot + 1) % SLOTS]);
	CHECK(before[1] == hv_map_cache_l1[(slot - 1) % SLOTS]);
}

static void all_slots(bool nx)
{
	u32 hi = nx ? HI_NX : 0, i;

	memset(map_tag, 0, sizeof(map_tag));
	map_cache_init(nx);
	for (i = 0; i < SLOTS; i++)
		CHECK(map_tag[i] == MFN_INVALID, "slot %u", i);
	/* A CPU does not cache an entry that is not present (SDM 3, 4.10.2.3): no flush. */
	for (i = 0; i < SLOTS; i++)
		miss(i, i + 7, false, hi);
	for (i = 0; i < SLOTS; i++)
		miss(i, 0xfffff - i, true, hi);
}

int main(void)
{
	fake_cpu_init();
	all_slots(true);
	all_slots(false);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
