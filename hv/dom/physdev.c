/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall physdev_op: interrupt lines and IOPL, for a guest that drives the
 * machine's devices.
 */
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <xen/physdev.h>

#define NR_LINES 16u

static long eoi(u32 at)
{
	struct physdev_eoi e;

	if (copy_from_guest(&e, at, sizeof(e)))
		return -EFAULT;
	if (e.irq >= NR_LINES || pic_line_is_ours(e.irq))
		return -EINVAL;
	pic_unmask(e.irq);
	return 0;
}

static long status(u32 at)
{
	struct physdev_irq_status_query q;

	if (copy_from_guest(&q, at, sizeof(q)))
		return -EFAULT;
	if (q.irq >= NR_LINES)
		return -EINVAL;
	q.flags = XENIRQSTAT_needs_eoi;
	return copy_to_guest(at, &q, sizeof(q)) ? -EFAULT : 0;
}

static long set_iopl(u32 at)
{
	struct physdev_set_iopl s;

	if (copy_from_guest(&s, at, sizeof(s)))
		return -EFAULT;
	if (s.iopl > 3)
		return -EINVAL;
	/*
	 * The real IOPL stays 0, or `cli` of the guest would stop the tick. 0 and 1 are
	 * accepted: ring 1 has its ports by the bitmap.
	 */
	return s.iopl <= 1 ? 0 : -EPERM;
}

long do_physdev_op(struct regs *r)
{
	switch (hcall_arg0(r)) {
	case PHYSDEVOP_eoi:
		return eoi(hcall_arg1(r));
	case PHYSDEVOP_irq_status_query:
		return status(hcall_arg1(r));
	case PHYSDEVOP_set_iopl:
		return set_iopl(hcall_arg1(r));
	}
	return -ENOSYS;
}
