/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The domain that a paging hypercall names. The only domain is 0, or DOMID_SELF.
 * DOMID_IO stands for the machine's devices.
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
 * `foreigndom` of mmu_update: bits 0..15 name the domain whose frames are mapped; bits
 * 16..31 are 0, or 1 + the domain whose tables are changed. Returns 0 for the guest's
 * own frames, 1 if only devices' frames may be mapped (DOMID_IO), or -errno.
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
