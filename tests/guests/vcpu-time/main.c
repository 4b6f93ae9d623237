// SPDX-License-Identifier: MIT
/*
 * Claim: the time record in shared_info is consistent and advances: its version is even,
 * its scale is set, and time never goes back and is continuous across updates of the
 * record.
 *
 * Provoked by: reading the record in a loop for 50 ms and over a timer event.
 *
 * Cannot tell: whether a nanosecond is a nanosecond; the engine's clock is not the
 * host's.
 */
#include <lib/test.h>

static volatile u32 fired;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired = 1;
}

void test_main(void)
{
	volatile struct vcpu_time_info *t = &vcpu0.time;
	u64 start, last, now, first_stamp;
	u32 reads = 0;
	long port;

	check_eq(t->version & 1, 0, "low bit of the version");
	check(t->tsc_to_system_mul, "the scale is 0");
	check(t->tsc_shift > -32 && t->tsc_shift < 32, "the shift is %d", t->tsc_shift);
	check(t->tsc_timestamp, "the tsc stamp is 0");
	check_eq(shared_info.wc_version & 1, 0, "low bit of the wall-clock version");
	print("wall clock %u.%09u, scale %x shift %d\n", shared_info.wc_sec, shared_info.wc_nsec,
	      t->tsc_to_system_mul, t->tsc_shift);

	first_stamp = t->system_time;
	start = last = clock_ns();
	while (last - start < MS(50) && reads < 50000000) {
		now = clock_ns();
		if (!check(now >= last, "time went back from %llu to %llu", last, now))
			break;
		last = now;
		reads++;
	}
	check(last - start >= MS(50), "%u reads and only %llu ns", reads, last - start);

	/* A stock Xen starts with a 100 Hz periodic timer on. */
	hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
	/* The record itself is renewed: a timer event is late enough for that. */
	port = event_bind_virq(VIRQ_TIMER);
	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	now = clock_ns();
	check_errno(set_timer(now + MS(20)), 0, "set_timer_op");
	check(event_wait(&fired, 5000), "no timer event in 5 s");
	check(clock_ns() >= now + MS(20), "the event came %lld ns early",
	      now + MS(20) - clock_ns());
	check(t->system_time >= first_stamp, "system_time of the record went back");
	check_eq(t->version & 1, 0, "low bit of the version");
	report_success();
}
