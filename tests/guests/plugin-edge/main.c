// SPDX-License-Identifier: MIT
/*
 * Claim: an interrupt that arrives when EIP is behind the end of the plugin's text,
 * before the fetch there faults, harms nobody: the iret to the plugin faults, and that
 * is a fault of the plugin.
 *
 * Provoked by: plugins that run off the end of their text after a varied number of
 * steps, so that the tick comes at every instruction around the end once.
 *
 * Cannot tell: whether the tick did come there. Only on Bochs is that certain, where
 * each instruction is a tick of the TSC.
 */
#include <lib/plugin.h>
#include <lib/test.h>

/* So many instructions, then the end of the page: half as many rounds of two. */
PLUGIN_CODE(run_off, "movl 4(%esp), %ecx; shrl $1, %ecx; jc 2f; nop; 2: jmp 1f\n"
		     ".skip 0x1000 - 0x40 - 17; 1: decl %ecx; jne 1b");

static struct test_plugin p;
static volatile u32 fired;
static u64 fired_at;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired_at = rdtsc();
	fired++;
}

static u64 next_tick(u32 tick_us)
{
	fired = 0;
	set_timer(clock_ns() + tick_us * 500);
	require(event_wait(&fired, 1000), "no timer event");
	return fired_at;
}

void test_main(void)
{
	u32 n, first, last, value, tick_us = plugin_info().tick_us, cycles;
	long port = event_bind_virq(VIRQ_TIMER);
	u64 before;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	plugin_make(&p, run_off, run_off_end);
	require(p.text[PAGE_SIZE - 1] != 0xf4, "the code does not end with the page");
	next_tick(tick_us);
	before = next_tick(tick_us);
	cycles = (u32)(next_tick(tick_us) - before);
	print("%u cycles a tick\n", cycles);

	/* Elsewhere than on Bochs no sweep is exact, and some will do. */
	last = cycles;
	first = cycles < 100000 ? last - 2000 : last - 50;
	for (n = first; n < last && !report_failed(); n++) {
		struct plugin_query q;

		require(!plugin_destroy(p.handle), "destroy");
		require(plugin_create(&p, 0) > 0, "create");
		next_tick(tick_us);
		upcalls_off();
		check_eq(plugin_call(&p, n, 0, &value), PLUGIN_STATUS_FAULT, "status");
		q = plugin_query(p.handle);
		check_eq(q.fault.flags & (PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH),
			 PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_FETCH, "flags");
		check_eq(q.fault.address, 0x2000, "address");
		check_eq(q.fault.eip, 0x2000, "eip");
		upcalls_on();
	}
	report_success();
}
