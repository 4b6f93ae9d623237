/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which segment descriptors the guest may have, and in which form. Pure.
 */
#ifndef HV_DESC_CHECK_H
#define HV_DESC_CHECK_H

#include <hv/types.h>

struct desc {
	u32 lo, hi; /* SDM volume 3, figure 3-8 */
};

/*
 * Check the guest's descriptor `in`. 0: `kernel` is the descriptor for the kernel table
 * (ring 1 runs), whose segment ends below HV_GUEST_LIMIT; `user` is that for the user
 * table (ring 3 runs), where DPL 3 keeps its limit, as paging confines ring 3.
 * -EINVAL: refused.
 */
int desc_check(struct desc in, struct desc *kernel, struct desc *user);

/* Make a descriptor. `limit` is in bytes; at 1 MiB and above its low 12 bits count as ones. */
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
