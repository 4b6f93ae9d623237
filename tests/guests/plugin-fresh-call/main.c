// SPDX-License-Identifier: MIT
/*
 * Claim: every call begins with the whole budget and a fresh FPU, also after a call that
 * was paused, when during the pause another plugin's call ended that had used budget and
 * FPU too.
 *
 * Provoked by: plugin A uses more than half of its budget and the FPU, asks for a
 * service, and returns as soon as the service is answered. Before the answer plugin B is
 * called, is interrupted by a tick and uses the FPU.
 *
 * Cannot tell: how much budget is left; only whether it is enough.
 */
#include <lib/plugin.h>
#include <lib/test.h>

#define BUDGET_MS 200

/* Stores XMM0 to 3000 and sets ones; spins the given cycles; requests service 9 if asked. */
PLUGIN_CODE(work, "movd %xmm0, 0x3000; pcmpeqd %xmm0, %xmm0; pushl %esi\n"
		  "rdtsc; movl %eax, %esi\n"
		  "1: rdtsc; subl %esi, %eax; cmpl 8(%esp), %eax; jb 1b\n"
		  "cmpl $0, 12(%esp); je 2f; movl $9, %eax; int $0x81\n"
		  "2: popl %esi; xorl %eax, %eax; ret");

static struct test_plugin a, b;

static u32 cycles_of(u32 ms)
{
	u64 start = rdtsc();

	clock_spin(MS(10));
	return (u32)divide(rdtsc() - start, 10, NULL) * ms;
}

static void make(struct test_plugin *p)
{
	struct plugin_services s = { .allowed = { 1u << 9 }, .strikes = 1 };

	plugin_make(p, work, work_end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, p->handle, &s), 0, "services");
	check_errno(hypercall(plugin_op, PLUGINOP_budget, p->handle, BUDGET_MS * 1000), 0,
		    "budget");
}

static u32 found(const struct test_plugin *p)
{
	return ACCESS_ONCE(*(u32 *)p->data);
}

void test_main(void)
{
	u32 most = cycles_of(BUDGET_MS * 6 / 10), tick = cycles_of(20), i;

	make(&a);
	make(&b);
	for (i = 0; i < 4; i++) {
		check_eq(plugin_call(&a, most, 1, NULL), PLUGIN_STATUS_SERVICE, "call %u", i);
		check_eq(found(&a), 0, "call %u: XMM0", i);
		check_eq(plugin_call(&b, tick, 0, NULL), PLUGIN_STATUS_OK, "another %u", i);
		check_eq(found(&b), 0, "another %u: XMM0", i);
		check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_OK, "reply %u", i);
	}
	report_success();
}
