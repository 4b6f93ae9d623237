// SPDX-License-Identifier: MIT
/*
 * Claim: physdev_op and event channels bind, report and end pirqs. The monitor's own
 * interrupts and interrupts that do not exist are refused. The guest cannot raise its
 * IOPL.
 *
 * Provoked by: binding the keyboard's interrupt and each invalid one. Nothing raises an
 * interrupt here.
 *
 * Cannot tell: delivery; the disks of the Linux tests show that.
 */
#include <lib/test.h>

static long query(u32 irq, u32 *flags)
{
	struct physdev_irq_status_query op = { .irq = irq };
	long error = hypercall(physdev_op, PHYSDEVOP_irq_status_query, &op);

	*flags = op.flags;
	return error;
}

static long eoi(u32 irq)
{
	struct physdev_eoi op = { .irq = irq };

	return hypercall(physdev_op, PHYSDEVOP_eoi, &op);
}

/* With every port taken, an interrupt stays free and can be bound afterwards. */
static void no_port_left(void)
{
	struct evtchn_bind_pirq bind = { .pirq = 1 };
	u32 first = 0, last = 0;
	long port;

	while ((port = event_bind_ipi()) > 0) {
		if (!first)
			first = port;
		last = port;
	}
	check_errno(port, XEN_ENOSPC, "bind with no port left");
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), XEN_ENOSPC, "irq 1 with no port left");
	check_errno(event_close(last), 0, "close");
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), 0, "irq 1 with one port left");
	check_eq(bind.port, last, "its port");
	for (; last >= first; last--)
		event_close(last);
}

void test_main(void)
{
	struct evtchn_bind_pirq bind = { .pirq = 1 };
	struct evtchn_status s = { .dom = DOMID_SELF };
	struct physdev_set_iopl iopl = { .iopl = 1 };
	u32 flags, eflags;

	/* A stock Xen wants interrupts routed first. */
	if (!on_ringfence()) {
		report_skip("for Ringfence's fixed interrupts only");
		return;
	}
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), 0, "bind of irq 1");
	s.port = bind.port;
	check_errno(event_op(EVTCHNOP_status, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_pirq, "status of a pirq port");
	check_eq(s.u.pirq, 1, "its irq");
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), XEN_EEXIST, "second bind");
	check_errno(query(1, &flags), 0, "query");
	check_errno(eoi(1), 0, "eoi");
	check_errno(event_close(s.port), 0, "close");
	bind.port = 0;
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), 0, "bind after close");
	check_errno(event_close(bind.port), 0, "close");

	bind.pirq = 0;
	check(event_op(EVTCHNOP_bind_pirq, &bind) < 0, "the monitor's timer was given away");
	bind.pirq = 2;
	check(event_op(EVTCHNOP_bind_pirq, &bind) < 0, "the PIC's cascade was given away");
	bind.pirq = 16;
	check_errno(event_op(EVTCHNOP_bind_pirq, &bind), XEN_EINVAL, "bind of irq 16");
	check_errno(eoi(99999), XEN_EINVAL, "eoi of irq 99999");
	check_errno(query(99999, &flags), XEN_EINVAL, "query of irq 99999");

	no_port_left();

	/* Whatever the answer, EFLAGS.IOPL stays 0 and cli keeps faulting. */
	hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
	asm volatile("pushfl; popl %0" : "=r"(eflags));
	check_eq(eflags & EFLAGS_IOPL, 0, "IOPL after set_iopl");
	iopl.iopl = 9;
	check(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl) < 0, "iopl 9 was granted");

	check_errno(hypercall(physdev_op, PHYSDEVOP_eoi, 0x1000), XEN_EFAULT, "eoi from nowhere");
	check_errno(hypercall(physdev_op, PHYSDEVOP_irq_status_query, 0xfffff000), XEN_EFAULT,
		    "query into the monitor");
	check_errno(hypercall(physdev_op, 9999, 0), XEN_ENOSYS, "command 9999");
	report_success();
}
