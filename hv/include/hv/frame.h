/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the frame table: what mm/frame.c offers to the rest of mm/.
 */
#ifndef HV_FRAME_H
#define HV_FRAME_H

#include <hv/mm.h>
#include <hv/pt_check.h>

static always_inline struct frame *frame_of(mfn_t mfn)
{
	return &frame_table[mfn];
}

/* Is this the `count` of a frame of the guest that can take one more reference? */
static always_inline bool frame_gettable(u32 count)
{
	return (count & (FRAME_OWNED | FRAME_FULL)) == FRAME_OWNED;
}

/*
 * Owner of a frame that is not the guest's RAM: PT_MONITOR, PT_DEVICE or PT_FIRMWARE.
 * For frames beyond the frame table and for FRAME_IO the firmware's memory map decides
 * (machine_frame_owner(), boot/multiboot.c).
 */
enum pt_owner frame_device_owner(mfn_t mfn);
enum pt_owner machine_frame_owner(mfn_t mfn);

/* The guest releases a frame: 0, or -errno if it is not the guest's or in use. */
int frame_release(mfn_t mfn);
mfn_t frame_claim(void);       /* the guest claims any released frame; MFN_INVALID: none */
mfn_t frame_take(void);	       /* the monitor takes any released frame; MFN_INVALID: none */
int frame_claim_at(mfn_t mfn); /* the guest claims this frame: 0, or -ENOMEM */

#endif
