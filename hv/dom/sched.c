/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall sched_op: yield, block, poll and shutdown.
 */
#include <hv/domain.h>
#include <hv/event.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <xen/sched.h>

/*
 * Wait for an interrupt. Its handler runs on this stack, in ring 0, and only marks
 * events as pending. The CPU takes no interrupt between sti and hlt, so that none is
 * missed.
 */
static void idle(void)
{
	asm volatile("sti; hlt; cli" ::: "memory");
}

static long block(void)
{
	vcpu_info->evtchn_upcall_mask = 0;
	while (!READ_ONCE(vcpu_info->evtchn_upcall_pending))
		idle();
	return 0;
}

#define POLL_MAX 128

static bool poll_ready(const evtchn_port_t *port, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (event_port_pending(port[i]))
			return true;
	return false;
}

static long poll(u32 at)
{
	evtchn_port_t port[POLL_MAX];
	struct sched_poll p;
	u32 i;

	if (copy_from_guest(&p, at, sizeof(p)))
		return -EFAULT;
	if (p.nr_ports > POLL_MAX)
		return -EINVAL;
	if (copy_from_guest(port, (u32)p.ports.p, p.nr_ports * sizeof(port[0])))
		return -EFAULT;
	for (i = 0; i < p.nr_ports; i++)
		if (port[i] >= EVTCHN_2L_NR_CHANNELS)
			return -EINVAL;
	while (!poll_ready(port, p.nr_ports)) {
		if (p.timeout && system_time() >= p.timeout)
			break;
		if (!vcpu_info->evtchn_upcall_mask && vcpu_info->evtchn_upcall_pending)
			break; /* an event that can be delivered ends the wait too */
		if (!p.timeout && !p.nr_ports && vcpu_info->evtchn_upcall_mask)
			guest_kill("it polls no ports, without time-out and with events masked");
		idle();
	}
	return 0;
}

static void noreturn shutdown(u32 reason)
{
	static const struct {
		const char *name;
		enum exit_code code;
	} end[] = {
		[SHUTDOWN_poweroff] = { "poweroff", EXIT_POWEROFF },
		[SHUTDOWN_reboot] = { "reboot", EXIT_REBOOT },
		[SHUTDOWN_suspend] = { "suspend", EXIT_OTHER },
		[SHUTDOWN_crash] = { "crash", EXIT_GUEST_CRASH },
		[SHUTDOWN_watchdog] = { "watchdog", EXIT_OTHER },
		[SHUTDOWN_soft_reset] = { "soft reset", EXIT_OTHER },
	};

	if (trace_at_exit || reason == SHUTDOWN_crash)
		trace_dump();
	fault_log();
	printk(reason == SHUTDOWN_crash ? LOG_ERR : LOG_INFO, "guest: %s", end[reason].name);
	machine_exit(end[reason].code);
}

long do_sched_op(struct regs *r)
{
	struct sched_shutdown s;

	switch (hcall_arg0(r)) {
	case SCHEDOP_yield:
		return 0;
	case SCHEDOP_block:
		return block();
	case SCHEDOP_poll:
		return poll(hcall_arg1(r));
	case SCHEDOP_shutdown:
		if (copy_from_guest(&s, hcall_arg1(r), sizeof(s)))
			return -EFAULT;
		if (s.reason > SHUTDOWN_MAX)
			return -EINVAL;
		shutdown(s.reason);
	}
	return -ENOSYS;
}

long do_sched_op_compat(struct regs *r)
{
	switch (hcall_arg0(r)) {
	case SCHEDOP_yield:
		return 0;
	case SCHEDOP_block:
		return block();
	case SCHEDOP_shutdown:
		if (hcall_arg1(r) > SHUTDOWN_MAX)
			return -EINVAL;
		shutdown(hcall_arg1(r));
	}
	return -ENOSYS;
}
