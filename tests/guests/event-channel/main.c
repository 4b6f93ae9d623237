// SPDX-License-Identifier: MIT
/*
 * Claim: ports are bound, masked, sent to, delivered, reported and closed as Xen's
 * two-level event channels are. A send to an unmasked port causes an upcall before the
 * hypercall returns; a send to a masked port only sets its pending bit; the upcall mask
 * defers all upcalls until it is cleared.
 *
 * Provoked by: IPI ports, a loopback pair and virqs of this one vcpu.
 *
 * Cannot tell: anything about a second vcpu or domain.
 */
#include <lib/test.h>

static u32 calls, last_port, mask_inside;
static struct regs frame;

static void on_event(u32 port, struct regs *regs)
{
	calls++;
	last_port = port;
	frame = *regs;
	mask_inside = vcpu0.evtchn_upcall_mask;
}

static long port_status(u32 port, struct evtchn_status *s)
{
	memset(s, 0, sizeof(*s));
	s->dom = DOMID_SELF;
	s->port = port;
	return event_op(EVTCHNOP_status, s);
}

static void ipi(void)
{
	struct evtchn_status s;
	u32 port = event_bind_ipi();

	require((long)port > 0 && port < 1024, "ipi port is %d", port);
	check_errno(port_status(port, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_ipi, "status of an ipi port");
	check_eq(s.vcpu, 0, "vcpu of an ipi port");
	event_handle(port, on_event);
	check_errno(event_unmask(port), 0, "unmask");

	/* Open: delivered before send returns. */
	upcalls_on();
	calls = 0;
	check_errno(event_send(port), 0, "send");
	check_eq(calls, 1, "upcalls of a send");
	check_eq(last_port, port, "port");
	check_eq(mask_inside, 1, "mask in the upcall");
	check_eq(vcpu0.evtchn_upcall_mask, 0, "mask after the upcall");
	check_eq(frame.saved_mask & 0xff, 0, "saved mask of the upcall frame");
	check_eq(frame.cs, FLAT_RING1_CS, "cs of the upcall frame");
	check(frame.eflags & EFLAGS_IF, "IF of the upcall frame");
	/* The upcall came when the send's result was in EAX; iret has restored EAX. */

	/* With upcalls masked all pending bits are set, and no upcall comes. */
	upcalls_off();
	calls = 0;
	check_errno(event_send(port), 0, "send while masked");
	check_eq(calls, 0, "upcalls while masked");
	check(event_pending(port), "no pending bit");
	check_eq(vcpu0.evtchn_upcall_pending, 1, "upcall_pending");
	check_eq(vcpu0.evtchn_pending_sel, 1u << (port / 32), "selector");
	hypercall(xen_version, XENVER_version);
	check_eq(calls, 0, "upcalls of another hypercall while masked");
	/* Opened by hand: the next entry into the monitor delivers. */
	upcalls_on();
	check_eq(calls, 1, "upcalls after opening");
	check(!event_pending(port), "pending bit after the handler");

	/* Two sends are one event. */
	upcalls_off();
	calls = 0;
	event_send(port);
	event_send(port);
	upcalls_on();
	check_eq(calls, 1, "upcalls of two sends");

	/* Port masked: the bit only, and unmask delivers. */
	event_mask(port);
	calls = 0;
	check_errno(event_send(port), 0, "send to a masked port");
	check_eq(calls, 0, "upcalls of a masked port");
	check(event_pending(port), "a masked port lost its event");
	check_eq(vcpu0.evtchn_upcall_pending, 0, "upcall_pending of a masked port");
	check_errno(event_unmask(port), 0, "unmask");
	check_eq(calls, 1, "upcalls after unmask");
	/* Unmask without an event is nothing. */
	event_mask(port);
	check_errno(event_unmask(port), 0, "unmask of a quiet port");
	check_eq(calls, 1, "upcalls after unmask of a quiet port");

	/* iret with IF set opens the mask and delivers too. */
	upcalls_off();
	calls = 0;
	event_send(port);
	asm volatile("pushl $0x202; pushl %[cs]; pushl $1f; jmp hypercall_page + 23 * 32\n1:"
		     :
		     : [cs] "i"(FLAT_RING1_CS)
		     : "eax", "memory", "cc");
	check_eq(calls, 1, "upcalls of an iret that opens the mask");

	check_errno(event_close(port), 0, "close");
	check_errno(port_status(port, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_closed, "status of a closed port");
	check_errno(event_send(port), XEN_EINVAL, "send to a closed port");
	check_errno(event_close(port), XEN_EINVAL, "close of a closed port");
}

static void loopback(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	struct evtchn_status s;
	u32 a, b;

	/* Binding may raise a first event, as Xen does. */
	upcalls_off();
	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), 0, "alloc_unbound");
	a = alloc.port;
	check_errno(port_status(a, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_unbound, "status of an unbound port");
	bind.remote_port = a;
	check_errno(event_op(EVTCHNOP_bind_interdomain, &bind), 0, "bind_interdomain");
	b = bind.local_port;
	check(a != b, "both ends are port %u", a);
	check_errno(port_status(b, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_interdomain, "status of a bound port");
	check_eq(s.u.interdomain.port, a, "its other end");
	check_errno(port_status(a, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_interdomain, "status of the first port");
	check_eq(s.u.interdomain.port, b, "the other end of the first port");

	event_handle(a, on_event);
	event_handle(b, on_event);
	event_unmask(a);
	event_unmask(b);
	upcalls_on();
	calls = 0;
	check_errno(event_send(a), 0, "send");
	check_eq(calls, 1, "upcalls");
	check_eq(last_port, b, "port that a send to the first end reaches");
	check_errno(event_send(b), 0, "send");
	check_eq(last_port, a, "port that a send to the second end reaches");

	/* A bound end cannot be bound again. */
	bind.remote_port = a;
	check_errno(event_op(EVTCHNOP_bind_interdomain, &bind), XEN_EINVAL, "second bind");

	check_errno(event_close(b), 0, "close of one end");
	check_errno(port_status(a, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_unbound, "status of the end that is left");
	check_errno(event_close(a), 0, "close of the other end");
}

static void virq(void)
{
	struct evtchn_status s;
	long port = event_bind_virq(VIRQ_DEBUG);

	require(port > 0, "virq port is %ld", port);
	check_errno(port_status(port, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_virq, "status of a virq port");
	check_eq(s.u.virq, VIRQ_DEBUG, "its virq");
	check_errno(event_bind_virq(VIRQ_DEBUG), XEN_EEXIST, "second bind of a virq");
	check_errno(event_close(port), 0, "close");
	port = event_bind_virq(VIRQ_DEBUG);
	check(port > 0, "bind after close: %ld", port);
	check_errno(event_close(port), 0, "close");
}

/* All ports can be had, then -ENOSPC; and all can be given back. */
static void exhaustion(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
	struct evtchn_bind_interdomain bind = { .remote_dom = DOMID_SELF };
	u32 n, first = 0, last = 0;
	long port;

	for (n = 0; (port = event_bind_ipi()) > 0; n++) {
		if (!first)
			first = port;
		last = port;
	}
	check_errno(port, XEN_ENOSPC, "bind with no port left");
	check_errno(event_bind_virq(VIRQ_DEBUG), XEN_ENOSPC, "virq with no port left");
	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), XEN_ENOSPC,
		    "alloc_unbound with no port left");
	event_close(last);
	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), 0, "alloc_unbound of the last");
	check_eq(alloc.port, last, "its port");
	bind.remote_port = last;
	check_errno(event_op(EVTCHNOP_bind_interdomain, &bind), XEN_ENOSPC,
		    "bind_interdomain with no port left");
	/* A stock Xen hands out 1,023 of the 1,024 there are in two levels. */
	check(n > 900 && n < 1024, "%u ports could be had", n);
	for (; n; n--, last--)
		event_close(last);
	port = event_bind_ipi();
	check_eq(port, first, "first port after all were closed");
	event_close(port);
}

/* An event pending on a port that is closed does not appear on the next port. */
static void closed_while_pending(void)
{
	u32 port = event_bind_ipi();

	upcalls_off();
	event_mask(port);
	check_errno(event_send(port), 0, "send");
	check(event_pending(port), "no pending bit");
	check_errno(event_close(port), 0, "close");
	check_eq(event_bind_ipi(), port, "port after close");
	check(!event_pending(port), "the new port has the old one's event");
	check_errno(event_close(port), 0, "close");
	upcalls_on();
}

/* Calls that a stock Xen answers differently, or that would close its console. */
static void of_ringfence(void)
{
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 1234 };
	struct evtchn_reset reset = { .dom = 1234 };
	u32 port = event_bind_ipi();
	struct evtchn_status s;
	u64 end;

	check_errno(event_op(EVTCHNOP_alloc_unbound, &alloc), XEN_ESRCH, "alloc for another");
	check_errno(port_status(1023, &s), 0, "status of the last port");
	check_errno(port_status(1024, &s), XEN_EINVAL, "status of the port behind it");
	check_errno(event_op(EVTCHNOP_reset, &reset), XEN_ESRCH, "reset of another");
	check_errno(port_status(port, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_ipi, "status after the reset of another");
	reset.dom = DOMID_SELF;
	check_errno(event_op(EVTCHNOP_reset, &reset), 0, "reset");
	check_errno(port_status(port, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_closed, "status after reset");
	check_errno(port_status(0, &s), 0, "status");
	check_eq(s.status, EVTCHNSTAT_closed, "status of port 0");
	check_eq(event_bind_ipi(), 1, "first port after reset");
	/* A virq that is not bound is not delivered to port 0. */
	end = clock_ns() + MS(20);
	set_timer(end - MS(15));
	while (clock_ns() < end)
		continue;
	check(!event_pending(0), "port 0 has an event");
}

void test_main(void)
{
	ipi();
	loopback();
	virq();
	exhaustion();
	closed_while_pending();
	if (on_ringfence())
		of_ringfence();
	report_success();
}
