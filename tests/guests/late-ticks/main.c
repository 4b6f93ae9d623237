// SPDX-License-Identifier: MIT
/*
 * Claim: when the monitor's ticks come late, as on a busy host, a plugin that does not
 * return runs for its budget and one late tick, no longer. The clock stays right, and a
 * timer fires at the next tick that comes.
 *
 * Provoked by: a monitor that gets one tick of four (tick_late=4), and plugins that
 * spin.
 *
 * Cannot tell: gaps of more than four ticks, which are not charged in full.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(spin, "1: jmp 1b");

static volatile u32 fired;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired++;
}

static void budget(struct test_plugin *p, u32 us, u32 tick_us)
{
	u64 start;
	u32 took, value;

	plugin_remake(p, spin, spin_end);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, p->handle, us), 0, "budget");
	start = clock_ns();
	check_eq(plugin_call(p, 0, 0, &value), PLUGIN_STATUS_TIMEOUT, "%u us: status", us);
	took = (u32)divide(clock_ns() - start, 1000, NULL);
	print("budget %u us: stopped after %u us\n", us, took);
	check(took >= us, "%u us: stopped after %u us", us, took);
	check(took <= us + 4 * tick_us + tick_us, "%u us: stopped after %u us", us, took);
}

void test_main(void)
{
	static struct test_plugin p;
	u32 tick_us = plugin_info().tick_us;
	long port = event_bind_virq(VIRQ_TIMER);
	u64 start, took;

	require(port > 0, "no timer virq: %ld", port);
	event_handle((u32)port, on_timer);
	event_unmask((u32)port);
	start = clock_ns();
	check_errno(set_timer(start + 10 * tick_us * 1000), 0, "set_timer_op");
	check(event_wait(&fired, 5000), "no timer event");
	took = divide(clock_ns() - start, 1000, NULL);
	check(took >= 10 * tick_us && took <= 15 * tick_us, "a timer of %u us took %llu us",
	      10 * tick_us, took);
	plugin_make(&p, spin, spin_end);
	budget(&p, 50000, tick_us);
	budget(&p, 400000, tick_us);
	report_success();
}
