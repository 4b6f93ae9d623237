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

/* The guest's frame, with room for one more reference? */
static always_inline bool frame_gettable(u32 count)
{
	return (count & (FRAME_OWNED | FRAME_FULL)) == FRAME_OWNED;
}

/*
 * A frame that is not the guest's RAM: PT_MONITOR, or how the guest may map it.
 * What is not in the frame table, or no RAM in it, is decided by the machine's
 * firmware map (machine_frame_owner(), boot/multiboot.c).
 */
enum pt_owner frame_device_owner(mfn_t mfn);
enum pt_owner machine_frame_owner(mfn_t mfn);

/* The guest gives a frame back, or takes one again. -errno. */
int frame_release(mfn_t mfn);
mfn_t frame_claim(void);       /* any; MFN_INVALID: there is none */
int frame_claim_at(mfn_t mfn); /* this one */

#endif
