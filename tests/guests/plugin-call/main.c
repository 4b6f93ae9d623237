// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin starts as the ABI says (registers, flags, selectors, stack), gets its
 * arguments, returns its value, keeps its data between calls, and leaves the guest's
 * registers, selectors and flags as they were. PLUGINOP_query and PLUGINOP_info report
 * the truth.
 *
 * Provoked by: small plugins that record or compute.
 *
 * Cannot tell: what a plugin must not do (plugin-escape); the FPU (plugin-fpu).
 */
#include <lib/plugin.h>
#include <lib/test.h>

/* f(a, b, c, d, e, f) with different weights. */
PLUGIN_CODE(weigh, "movl 4(%esp), %eax\n"
		   "leal (,%eax,8), %eax; addl 8(%esp), %eax\n"
		   "leal (,%eax,8), %eax; addl 12(%esp), %eax\n"
		   "leal (,%eax,8), %eax; addl 16(%esp), %eax\n"
		   "leal (,%eax,8), %eax; addl 20(%esp), %eax\n"
		   "leal (,%eax,8), %eax; addl 24(%esp), %eax\n"
		   "ret");

/* Stores the registers at the first instruction to 0x3000 on. Is the start stub itself. */
PLUGIN_CODE(record, "movl %eax, 0x3000; movl %ebx, 0x3004; movl %ecx, 0x3008\n"
		    "movl %edx, 0x300c; movl %esi, 0x3010; movl %edi, 0x3014\n"
		    "movl %ebp, 0x3018; movl %esp, 0x301c\n"
		    "pushfl; popl 0x3020\n"
		    "movl %cs, %eax; movl %eax, 0x3024; movl %ss, %eax; movl %eax, 0x3028\n"
		    "movl %ds, %eax; movl %eax, 0x302c; movl %es, %eax; movl %eax, 0x3030\n"
		    "movl %fs, %eax; movl %eax, 0x3034; movl %gs, %eax; movl %eax, 0x3038\n"
		    "std; movl $0xdada, %ebp; movl $0, %eax; movl $0x5a5a, %edx\n"
		    "pushl $0x244ed7; popfl\n" /* all that ring 2 may set, but TF */
		    "int $0x81");

/* Adds the argument to a counter in data. Returns the counter plus the word in rodata. */
PLUGIN_CODE(count, "movl 4(%esp), %eax; addl %eax, 0x3000; movl 0x3000, %eax\n"
		   "addl 0x2000, %eax; ret");

static void arguments(void)
{
	static const u32 args[6] = { 1, 2, 3, 4, 5, 6 };
	struct test_plugin p;
	u32 nr, i, want, value;

	plugin_make(&p, weigh, weigh_end);
	for (nr = 0; nr <= 6; nr++) {
		for (want = i = 0; i < 6; i++)
			want = want * 8 + (i < nr ? args[i] : 0);
		value = 0xdead;
		check_eq(plugin_invoke(p.handle, PLUGIN_ENTRY, nr ? args : NULL, nr, &value), 0,
			 "%u arguments: status", nr);
		check_eq(value, want, "%u arguments: value", nr);
	}
	check_eq(plugin_query(p.handle).calls, 7, "calls");
	check_errno(plugin_destroy(p.handle), 0, "destroy");
}

static void start_state(void)
{
	static const u32 args[6] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66 };
	struct test_plugin p;
	const u32 *seen;
	u32 value = 0, mode = plugin_info().mode;
	u32 rpl = mode == PLUGIN_MODE_PAGE ? 3 : 2;
	u32 fs = FLAT_RING3_DS, gs = 0, eflags, ebp;

	plugin_pages(&p, 1, 1, 1, 1);
	memcpy(p.text, record, record_end - record);
	require(plugin_create(&p, 0) > 0, "create: %ld", p.handle);
	asm volatile("movl %0, %%fs; movl %1, %%gs" : : "r"(fs), "r"(gs));
	check_eq(plugin_invoke(p.handle, PLUGIN_ENTRY, args, 6, &value), 0, "status");
	asm volatile("pushfl; popl %0; movl %%fs, %1; movl %%gs, %2; movl %%ebp, %3"
		     : "=r"(eflags), "=r"(fs), "=r"(gs), "=r"(ebp));
	check_eq(value, 0x5a5a, "value");
	check_eq(fs, FLAT_RING3_DS, "fs of the guest");
	check_eq(gs, 0, "gs of the guest");
	check_eq(eflags & (EFLAGS_DF | EFLAGS_NT | EFLAGS_AC | EFLAGS_TF | EFLAGS_IOPL), 0,
		 "flags of the guest");
	check(ebp > 0xc0000000, "ebp of the guest: %x", ebp);

	seen = (const u32 *)p.data;
	check_eq(seen[0], PLUGIN_ENTRY, "eax");
	check_eq(seen[1], 0x11, "ebx");
	check_eq(seen[2], 0x22, "ecx");
	check_eq(seen[3], 0x33, "edx");
	check_eq(seen[4], 0x44, "esi");
	check_eq(seen[5], 0x55, "edi");
	check_eq(seen[6], 0x66, "ebp");
	check_eq(seen[7], p.end, "esp");
	check_eq(seen[8] & ~0xd5u, EFLAGS_IF | EFLAGS_ONE, "eflags");
	check_eq(seen[9] & 3, rpl, "ring");
	check_eq(seen[10] & 3, rpl, "ring of ss");
	check_eq(seen[11] & 0xffff, seen[10] & 0xffff, "ds");
	check_eq(seen[12] & 0xffff, seen[10] & 0xffff, "es");
	check_eq(seen[13] & 0xffff, 0, "fs");
	check_eq(seen[14] & 0xffff, 0, "gs");
	check_errno(plugin_destroy(p.handle), 0, "destroy");
}

static void data_stays(void)
{
	struct test_plugin p, q;
	u32 i, value;

	plugin_make(&p, count, count_end);
	plugin_make(&q, count, count_end);
	*(u32 *)p.rodata = 1000;
	*(u32 *)q.rodata = 2000;
	for (i = 1; i <= 5; i++) {
		check_eq(plugin_call(&p, 1, 0, &value), 0, "p: status");
		check_eq(value, 1000 + i, "p: value");
		check_eq(plugin_call(&q, 3, 0, &value), 0, "q: status");
		check_eq(value, 2000 + 3 * i, "q: value");
	}
	check_eq(*(u32 *)p.data, 5, "p: data");
	check_errno(plugin_destroy(p.handle), 0, "destroy p");
	check_eq(plugin_call(&q, 3, 0, &value), 0, "q without p: status");
	check_eq(value, 2018, "q without p: value");
	check_errno(plugin_destroy(q.handle), 0, "destroy q");
	/* After the destroy the guest may write the pages. */
	memset(p.data, 0, PAGE_SIZE);
}

static void told_truth(void)
{
	struct plugin_info before = plugin_info(), now;
	struct plugin_query q;
	struct test_plugin p;

	check_eq(before.abi, PLUGIN_ABI, "abi");
	check_eq(before.plugins, 0, "plugins at first");
	check(before.plugins_max >= 1024, "plugins_max %u", before.plugins_max);
	check(before.tick_us && before.budget_us, "tick %u, budget %u", before.tick_us,
	      before.budget_us);
	if (before.enforces & PLUGIN_ENFORCES_LIMIT)
		check_eq(before.mode, PLUGIN_MODE_SEGMENT, "mode where limits hold");
	else
		check_eq(before.mode, PLUGIN_MODE_PAGE, "mode where limits do not hold");

	plugin_pages(&p, 2, 1, 3, 2);
	require(plugin_create(&p, 12345) > 0, "create: %ld", p.handle);
	now = plugin_info();
	check_eq(now.plugins, 1, "plugins");
	check_eq(before.pages_free - now.pages_free, 10, "pages taken");
	q = plugin_query(p.handle);
	check_eq(q.mode, now.mode, "mode");
	check_eq(q.state, PLUGIN_STATE_IDLE, "state");
	check_eq(q.text_limit, 0x2fff, "text_limit");
	check_eq(q.rodata, 0x3000, "rodata");
	check_eq(q.data, 0x4000, "data");
	check_eq(q.stack, 0x8000, "stack");
	check_eq(q.data_limit, 0x9fff, "data_limit");
	check_eq(q.budget_us, 12345, "budget");
	check_eq(q.calls + q.faults + q.fault.status, 0, "nothing happened");
	check_errno(hypercall(plugin_op, PLUGINOP_budget, p.handle, 777), 0, "budget");
	check_eq(plugin_query(p.handle).budget_us, 777, "new budget");
	check_errno(plugin_destroy(p.handle), 0, "destroy");
	now = plugin_info();
	check_eq(now.pages_free, before.pages_free, "pages given back");
	check_eq(now.plugins, 0, "plugins at last");
}

void test_main(void)
{
	told_truth();
	arguments();
	start_state();
	data_stays();
	report_success();
}
