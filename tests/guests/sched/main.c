// SPDX-License-Identifier: MIT
/*
 * Claim: SCHEDOP_block sleeps until an event and clears the upcall mask. SCHEDOP_poll
 * sleeps until one of its ports is pending or its timeout is over, and delivers no
 * event. SCHEDOP_yield returns.
 *
 * Provoked by: timer events for the sleeps, and ports that are pending already.
 *
 * Cannot tell: whether the CPU really halts. A sleep that never ends is a timeout of the
 * harness.
 */
#include <lib/test.h>

static volatile u32 fired;

static void on_event(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired++;
}

static long poll(u32 *ports, u32 nr, u64 timeout)
{
	struct sched_poll op = { .nr_ports = nr, .timeout = timeout };

	set_xen_guest_handle(op.ports, ports);
	return hypercall(sched_op, SCHEDOP_poll, &op);
}

/* The last valid and the first invalid count, port and reason. */
static void edges(u32 ipi)
{
	static u32 many[129];
	struct sched_shutdown past = { .reason = SHUTDOWN_MAX + 1 };
	u32 i, port;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = ipi;
	check_errno(poll(many, 128, 1), 0, "poll of 128 ports");
	/* After a valid poll: the structure copied before must not be used. */
	check_errno(hypercall(sched_op, SCHEDOP_poll, 0x1000), XEN_EFAULT,
		    "poll from nowhere behind a good one");
	check_errno(poll(many, 129, 1), XEN_EINVAL, "poll of 129 ports");
	port = EVTCHN_2L_NR_CHANNELS - 1;
	check_errno(poll(&port, 1, 1), 0, "poll of the last port");
	port = EVTCHN_2L_NR_CHANNELS;
	check_errno(poll(&port, 1, 1), XEN_EINVAL, "poll of the port behind it");
	if (!on_ringfence()) /* a stock Xen ends the guest */
		return;
	check_errno(hypercall(sched_op, SCHEDOP_shutdown, &past), XEN_EINVAL,
		    "shutdown for reason %u", past.reason);
	check_errno(hypercall(sched_op_compat, SCHEDOP_shutdown, SHUTDOWN_MAX + 1), XEN_EINVAL,
		    "old shutdown for reason %u", past.reason);
}

/* With the mask open an event ends a poll for another port, and nothing else does. */
static void events_end_it(u32 timer, u32 ipi)
{
	u64 end;

	upcalls_off();
	event_unmask(timer);
	set_timer(clock_ns() + MS(5));
	end = clock_ns() + MS(20);
	check_errno(poll(&ipi, 1, end), 0, "poll with the mask closed");
	check(clock_ns() >= end, "an event that is held back ended a poll");
	check(event_pending(timer), "the timer's event is gone");
	upcalls_on(); /* and delivered */

	end = clock_ns() + MS(5);
	check_errno(poll(&ipi, 1, end), 0, "poll with the mask open");
	check(clock_ns() >= end, "a poll without an event ended early");

	fired = 0;
	set_timer(clock_ns() + MS(5));
	end = clock_ns() + MS(10000);
	check_errno(poll(&ipi, 1, end), 0, "poll until an event");
	check_eq(fired, 1, "events at the end of the poll");
	check(clock_ns() < end, "the event did not end the poll");

	fired = 0;
	set_timer(clock_ns() + MS(5));
	check_errno(poll(NULL, 0, 0), 0, "poll of nothing until an event");
	check_eq(fired, 1, "events at the end of the poll of nothing");
	upcalls_off();
	end = clock_ns() + MS(5);
	check_errno(poll(NULL, 0, end), 0, "poll of nothing until a time");
	check(clock_ns() >= end, "the poll of nothing ended early");
}

void test_main(void)
{
	u32 timer = event_bind_virq(VIRQ_TIMER), ipi = event_bind_ipi(), ports[2];
	u64 before, deadline;

	require((int)timer > 0 && (int)ipi > 0, "no ports: %d %d", timer, ipi);
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	event_handle(timer, on_event);
	event_handle(ipi, on_event);
	event_unmask(timer);
	event_unmask(ipi);
	upcalls_on();

	check_errno(hypercall(sched_op, SCHEDOP_yield, 0), 0, "yield");

	/* block returns at once when an event is pending, after delivering the event. */
	upcalls_off();
	event_send(ipi);
	fired = 0;
	check_errno(hypercall(sched_op, SCHEDOP_block, 0), 0, "block with an event");
	check_eq(fired, 1, "events at a block");
	check_eq(vcpu0.evtchn_upcall_mask, 0, "mask after block");

	/* block sleeps until the timer. */
	fired = 0;
	deadline = clock_ns() + MS(20);
	set_timer(deadline);
	upcalls_off();
	while (!fired)
		check_errno(hypercall(sched_op, SCHEDOP_block, 0), 0, "block");
	check(clock_ns() >= deadline, "block ended %lld ns early", deadline - clock_ns());

	/* poll: a pending port, without taking the event. */
	upcalls_off();
	event_mask(ipi);
	event_send(ipi);
	ports[0] = ipi;
	fired = 0;
	check_errno(poll(ports, 1, 0), 0, "poll of a pending port");
	check_eq(fired, 0, "upcalls during poll");
	check(event_pending(ipi), "poll took the event");
	event_clear(ipi);

	/* poll sleeps until its timeout is over. */
	before = clock_ns();
	check_errno(poll(ports, 1, before + MS(20)), 0, "poll until a time");
	check(clock_ns() >= before + MS(20), "poll ended %lld ns early",
	      before + MS(20) - clock_ns());
	/* A time in the past is a question only. */
	check_errno(poll(ports, 1, 1), 0, "poll until the past");

	/* poll: until the timer port, which is masked, becomes pending. */
	event_mask(timer);
	ports[1] = timer;
	deadline = clock_ns() + MS(20);
	set_timer(deadline);
	check_errno(poll(ports, 2, 0), 0, "poll of two");
	check(event_pending(timer), "poll of two ended without the timer");
	event_clear(timer);

	events_end_it(timer, ipi);
	edges(ipi);
	ports[0] = 4096;
	check_errno(poll(ports, 1, 0), XEN_EINVAL, "poll of port 4096");
	check_errno(poll((u32 *)0x1000, 1, 0), XEN_EFAULT, "poll of ports nowhere");
	check_errno(hypercall(sched_op, SCHEDOP_poll, 0x1000), XEN_EFAULT, "poll from nowhere");
	check_errno(hypercall(sched_op, SCHEDOP_shutdown, 0x1000), XEN_EFAULT,
		    "shutdown from nowhere");
	check_errno(hypercall(sched_op, 77, 0), XEN_ENOSYS, "command 77");
	check_errno(hypercall(sched_op, ~0u, 0), XEN_ENOSYS, "command -1");
	report_success();
}
