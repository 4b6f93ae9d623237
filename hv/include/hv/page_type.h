/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What entries hold. An L1 entry holds a reference to the guest's frame it
 * names, and a writable type reference too if it is writable; L2 and L3 entries
 * hold a typed reference to the table below. These are the get and put of L1
 * entries, inline because every mapping made or removed goes through them.
 */
#ifndef HV_PAGE_TYPE_H
#define HV_PAGE_TYPE_H

#include <hv/errno.h>
#include <hv/frame.h>
#include <hv/pt_check.h>

/* What two uses of a frame must agree in. */
#define TYPE_USE (TYPE_MASK | TYPE_TOP_L2)

static always_inline bool type_is_table(u32 type)
{
	return (type & TYPE_MASK) >= TYPE_L1 && (type & TYPE_MASK) <= TYPE_L3;
}

/* The slow ways, with the reason for a refusal in the log. */
int type_get(mfn_t mfn, u32 use);
void type_put(mfn_t mfn);
/* l1_hold(): held, but the entry must be made read-only. */
#define L1_READ_ONLY 1
int l1_hold_slow(u32 lo, u32 hi, bool device_only);
/* What a present entry of an L2, or of an L3 in this slot, holds. */
int l2_hold(u32 lo, u32 hi);
int l3_hold(u32 slot, u32 lo, u32 hi);

/* Take what a present L1 entry holds: 0, -errno or L1_READ_ONLY. `device_only`: for DOMID_IO. */
static always_inline int l1_hold(u32 lo, u32 hi, bool device_only)
{
	mfn_t mfn = lo >> PAGE_SHIFT;
	struct frame *f = frame_of(mfn);
	u32 count, type;

	if (unlikely(pt_is_high(hi) || mfn >= max_mfn || device_only))
		goto slow;
	count = f->count;
	if (unlikely(!frame_gettable(count) || (lo & (LO_PWT | LO_PCD))))
		goto slow;
	if (lo & LO_RW) {
		/* Writable already, in use or not: nothing changes but the count. */
		type = f->type;
		if (unlikely((type & (TYPE_MASK | TYPE_FULL)) != TYPE_WRITABLE))
			goto slow;
		f->type = type + 1;
	}
	f->count = count + 1;
	return 0;
slow:
	return l1_hold_slow(lo, hi, device_only);
}

/* Let go what a present L1 entry held. */
static always_inline void l1_drop(u32 lo, u32 hi)
{
	mfn_t mfn = lo >> PAGE_SHIFT;
	struct frame *f = frame_of(mfn);

	if (unlikely(pt_is_high(hi) || mfn >= max_mfn) || !(f->count & FRAME_OWNED))
		return;
	if (lo & LO_RW)
		f->type--;
	f->count--;
}

#endif
