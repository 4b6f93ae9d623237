/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain a paging hypercall names. There is one domain; it is 0, and it
 * may call itself DOMID_SELF. DOMID_IO stands for the machine's devices.
 */
#ifndef HV_FOREIGN_H
#define HV_FOREIGN_H

#include <hv/domain.h>
#include <hv/errno.h>

static always_inline bool domid_is_self(u32 domid)
{
	return domid == DOMID_SELF || domid == 0;
}

/*
 * `foreigndom` of mmu_update: whose frames are mapped, and above bit 16, plus
 * one, whose tables change. 1: only devices' frames; 0: ours; or -errno.
 */
static always_inline int foreign_check(u32 foreigndom)
{
	u32 tables = foreigndom >> 16;

	if (likely(foreigndom == DOMID_SELF))
		return 0;
	if (tables && !domid_is_self(tables - 1))
		return -ESRCH;
	switch (foreigndom & 0xffff) {
	case DOMID_SELF:
	case 0:
		return 0;
	case DOMID_IO:
		return 1;
	case DOMID_XEN:
		return -EPERM;
	default:
		return -ESRCH;
	}
}

#endif
