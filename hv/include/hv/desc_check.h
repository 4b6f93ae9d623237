/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May the guest have this segment descriptor, and in which form? Pure.
 */
#ifndef HV_DESC_CHECK_H
#define HV_DESC_CHECK_H

#include <hv/types.h>

struct desc {
	u32 lo, hi; /* SDM volume 3, figure 3-8 */
};

/*
 * Decide on `in`. 0: `kernel` is what the table shows while ring 1 runs (it
 * never reaches HV_GUEST_LIMIT), `user` what it shows while ring 3 runs (DPL 3
 * descriptors keep their limit: paging holds ring 3). -EINVAL: refused.
 */
int desc_check(struct desc in, struct desc *kernel, struct desc *user);

/* A descriptor from its parts; limit in bytes, exact below 1 MiB. */
struct desc desc_make(u32 base, u32 limit, u32 type_dpl);
#define DESC_P	    0x8000u
#define DESC_S	    0x1000u
#define DESC_DPL(n) ((u32)(n) << 13)
#define DESC_CODE   0x0b00u /* execute, read, accessed */
#define DESC_XCODE  0x0900u /* execute only, accessed */
#define DESC_DATA   0x0300u /* read, write, accessed */
#define DESC_TSS    0x0900u
#define DESC_D	    0x400000u
#define DESC_G	    0x800000u

#endif
