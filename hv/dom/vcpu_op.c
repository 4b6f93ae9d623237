/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall vcpu_op: state, timers and runstate of the one virtual CPU.
 */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/mm.h>
#include <hv/string.h>
#include <xen/vcpu.h>

#define MS 1000000ull

static long set_periodic(u32 at)
{
	struct vcpu_set_periodic_timer t;

	if (copy_from_guest(&t, at, sizeof(t)))
		return -EFAULT;
	if (t.period_ns < MS) /* as Xen: not below a millisecond */
		return -EINVAL;
	vcpu.periodic_period = t.period_ns;
	vcpu.periodic_next = system_time() + t.period_ns;
	return 0;
}

static long set_singleshot(u32 at)
{
	struct vcpu_set_singleshot_timer t;

	if (copy_from_guest(&t, at, sizeof(t)))
		return -EFAULT;
	if ((t.flags & VCPU_SSHOTTMR_future) && t.timeout_abs_ns < system_time())
		return -ETIME;
	vcpu.timer_deadline = t.timeout_abs_ns ? t.timeout_abs_ns : 1;
	return 0;
}

static long runstate(u32 at)
{
	struct vcpu_runstate_info info;

	memset(&info, 0, sizeof(info));
	info.state = RUNSTATE_running;
	info.time[RUNSTATE_running] = system_time();
	return copy_to_guest(at, &info, sizeof(info)) ? -EFAULT : 0;
}

/* Written once: the one virtual CPU is always running, so its runstate never changes. */
static long runstate_area(u32 at)
{
	struct vcpu_register_runstate_memory_area area;

	if (copy_from_guest(&area, at, sizeof(area)))
		return -EFAULT;
	return runstate((u32)area.addr.v);
}

long do_vcpu_op(struct regs *r)
{
	u32 at = hcall_arg2(r);

	if (hcall_arg1(r) != 0)
		return -ENOENT;
	switch (hcall_arg0(r)) {
	case VCPUOP_is_up:
		return 1;
	case VCPUOP_up:
		return 0;
	case VCPUOP_initialise:
		return -EEXIST; /* the caller runs on it, so it is initialised */
	case VCPUOP_set_periodic_timer:
		return set_periodic(at);
	case VCPUOP_stop_periodic_timer:
		vcpu.periodic_period = 0;
		return 0;
	case VCPUOP_set_singleshot_timer:
		return set_singleshot(at);
	case VCPUOP_stop_singleshot_timer:
		vcpu.timer_deadline = 0;
		return 0;
	case VCPUOP_get_runstate_info:
		return runstate(at);
	case VCPUOP_register_runstate_memory_area:
		return runstate_area(at);
	}
	return -ENOSYS;
}
