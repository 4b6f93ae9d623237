/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The references that page-table entries hold. A present L1 entry holds a general
 * reference on the guest's frame it names, and a writable type reference too if the
 * entry is writable; an L2 or L3 entry holds a type reference on the table below.
 * l1_hold() and l1_drop() are inline because every mapping made or removed needs them.
 */
#ifndef HV_PAGE_TYPE_H
#define HV_PAGE_TYPE_H

#include <hv/errno.h>
#include <hv/frame.h>
#include <hv/pt_check.h>

/* Bits of a type that must be equal in all uses of a frame at a time. */
#define TYPE_USE (TYPE_MASK | TYPE_TOP_L2)

static always_inline bool type_is_table(u32 type)
{
	return (type & TYPE_MASK) >= TYPE_L1 && (type & TYPE_MASK) <= TYPE_L3;
}

/* Take a general and a type reference; a refusal is logged. 0 or -errno. */
int type_get(mfn_t mfn, u32 use);
void type_put(mfn_t mfn);
/* Result of l1_hold(): accepted, but the caller must clear RW in the entry. */
#define L1_READ_ONLY 1
int l1_hold_slow(u32 lo, u32 hi, bool device_only);
/* Take the reference of a present entry of an L2, or of an L3 in this slot. 0 or -errno. */
int l2_hold(u32 lo, u32 hi);
int l3_hold(u32 slot, u32 lo, u32 hi);

/*
 * Take the references of a present L1 entry: 0, -errno or L1_READ_ONLY. With
 * `device_only` (DOMID_IO) a frame of the guest's RAM is refused.
 */
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
		/* The type is TYPE_WRITABLE already, in use or not: only the count changes. */
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

/* Drop the references of a present L1 entry. */
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
