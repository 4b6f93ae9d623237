/* SPDX-License-Identifier: GPL-2.0-only */
/* How ring 1 may map a frame that is not the guest's RAM. Pure; see device_frames.h. */
#include <hv/device_frames.h>

enum pt_owner device_frame_owner(mfn_t mfn, const struct e820entry *map, u32 nr)
{
	u64 at = (u64)mfn << PAGE_SHIFT;
	u32 i;

	if (mfn >= CHIPSET_FIRST_FRAME && mfn <= CHIPSET_LAST_FRAME)
		return PT_MONITOR;
	if (mfn < 0x100)
		return mfn < 0xa0 || mfn >= 0xc0 ? PT_FIRMWARE : PT_DEVICE;
	for (i = 0; i < nr; i++)
		if (map[i].size && at < map[i].addr + map[i].size && at + PAGE_SIZE > map[i].addr)
			return PT_FIRMWARE;
	return PT_DEVICE;
}
