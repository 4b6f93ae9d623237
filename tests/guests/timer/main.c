// SPDX-License-Identifier: MIT
/*
 * Claim: set_timer_op and the vcpu's singleshot and periodic timers raise VIRQ_TIMER,
 * never before the deadline, again after they are set again, and not after they are
 * stopped.
 *
 * Provoked by: deadlines in the future, in the past, very far away, and none.
 *
 * Cannot tell: how late an event is; tests/bench measures that.
 */
#include <lib/test.h>

static volatile u32 fired;
static u64 fired_at;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired_at = clock_ns();
	fired++;
}

/* Waits without blocking; a timer event interrupts the spinning itself. */
static void spin(u32 ms)
{
	upcalls_on();
	clock_spin(MS(ms));
}

/* The event may be here already: fired is cleared before the timer is set. */
static void expect_at(u64 deadline, const char *name)
{
	check(event_wait(&fired, 5000), "%s: no event in 5 s", name);
	check(fired_at >= deadline, "%s: %lld ns early", name, deadline - fired_at);
}

static void expect_none(const char *name)
{
	fired = 0;
	spin(40);
	check_eq(fired, 0, "%s: events", name);
}

void test_main(void)
{
	struct vcpu_set_singleshot_timer single = { 0 };
	struct vcpu_set_periodic_timer periodic = { 0 };
	long port = event_bind_virq(VIRQ_TIMER);
	u64 deadline;
	long error;
	u32 i;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	/* A stock Xen starts with a 100 Hz periodic timer on. */
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	upcalls_on();
	fired = 0;

	for (i = 0; i < 5; i++) {
		fired = 0;
		deadline = clock_ns() + MS(5);
		check_errno(set_timer(deadline), 0, "set_timer_op");
		expect_at(deadline, "future deadline");
	}
	deadline = clock_ns() - MS(1);
	fired = 0;
	check_errno(set_timer(deadline), 0, "set_timer_op in the past");
	check(event_wait(&fired, 5000), "deadline in the past: no event in 5 s");
	expect_none("after a deadline in the past");

	/* An event interrupts code that makes no hypercall at all. */
	fired = 0;
	check_errno(set_timer(clock_ns() + MS(10)), 0, "set_timer_op");
	spin(60);
	check_eq(fired, 1, "events while spinning");

	check_errno(set_timer(clock_ns() + MS(10)), 0, "set_timer_op");
	check_errno(set_timer(0), 0, "set_timer_op 0");
	expect_none("after stopping");
	deadline = clock_ns() + MS(30);
	check_errno(set_timer(clock_ns() + MS(5)), 0, "set_timer_op");
	fired = 0;
	check_errno(set_timer(deadline), 0, "set_timer_op again");
	expect_at(deadline, "second deadline");
	check_errno(set_timer(1ull << 62), 0, "set_timer_op in 146 years");
	expect_none("after a far deadline");
	check_errno(set_timer(0), 0, "set_timer_op 0");

	fired = 0;
	single.timeout_abs_ns = deadline = clock_ns() + MS(5);
	check_errno(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &single), 0, "singleshot");
	expect_at(deadline, "singleshot");
	/* Asked for the future only: older Xens refuse, 4.17 raises the event. */
	fired = 0;
	single.timeout_abs_ns = clock_ns() - MS(5);
	single.flags = VCPU_SSHOTTMR_future;
	error = hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &single);
	spin(20);
	check(error == (fired ? 0 : -XEN_ETIME), "singleshot in the past: %ld, %u events", error,
	      fired);
	single.flags = 0;
	single.timeout_abs_ns = clock_ns() + MS(5);
	check_errno(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &single), 0, "singleshot");
	check_errno(hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 0, 0), 0, "stop singleshot");
	expect_none("after stopping the singleshot");

	periodic.period_ns = MS(10);
	check_errno(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), 0, "periodic");
	fired = 0;
	for (i = 0; i < 40 && fired < 4; i++)
		spin(10);
	check(fired >= 4, "%u periodic events in 400 ms", fired);
	check_errno(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0, "stop periodic");
	expect_none("after stopping the periodic timer");
	periodic.period_ns = MS(1) - 1;
	check_errno(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), XEN_EINVAL,
		    "periodic timer of less than a millisecond");
	periodic.period_ns = MS(1);
	check_errno(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), 0,
		    "periodic timer of a millisecond");
	check_errno(hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0, "stop it");
	check_errno(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, 0x1000), XEN_EFAULT,
		    "periodic timer from nowhere");
	check_errno(hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, 0x1000), XEN_EFAULT,
		    "singleshot timer from nowhere");
	check_errno(hypercall(vcpu_op, VCPUOP_set_periodic_timer, 1, &periodic), XEN_ENOENT,
		    "timer of vcpu 1");
	report_success();
}
