// SPDX-License-Identifier: MIT
/*
 * Claim: an event ends a hypercall with PLUGINOP_INTERRUPTIBLE: the event is delivered
 * behind the hypercall's instruction, whose result is status INTERRUPTED. When the
 * plugin is resumed it continues with all its registers, in whatever order plugins are
 * resumed and whatever plugins ran in between, and it is stopped when its budget is used
 * up. A hypercall without the flag is continued by the monitor, and no plugin can set
 * the flag. A plugin that is killed or destroyed while suspended never runs again.
 *
 * Provoked by: a timer at each tick; plugins that spin side by side, have a value in
 * every register, use the FPU, and ask for services that are not allowed.
 *
 * Cannot tell: how late an event is (tests/bench); how much time each plugin is charged,
 * which the test prints (tests/linux/test_preemption.py).
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(spin, "1: incl 0x3000; jmp 1b");
/* Requests services 9 and 10 with the argument in EBX, stores the answers, then counts. */
PLUGIN_CODE(ask, "movl 4(%esp), %ebx; movl $9, %eax; int $0x81; movl %eax, 0x3008\n"
		 "movl %edx, 0x300c; movl 8(%esp), %ecx; jecxz 1f\n"
		 "movl $10, %eax; int $0x81; movl %eax, 0x3010\n"
		 "1: incl 0x3000; jmp 1b");
/* Every register, FS, GS and the flags hold something until 3004 is 1. 1 if all still do. */
PLUGIN_CODE(hold, "pushl %ebx; pushl %esi; pushl %edi; pushl %ebp\n"
		  "movl %ds, %eax; movl %eax, %fs; movl %eax, %gs\n"
		  "movl $0xb1b1b1b1, %ebx; movl $0xc2c2c2c2, %ecx; movl $0xd3d3d3d3, %edx\n"
		  "movl $0x51515151, %esi; movl $0xd1d1d1d1, %edi; movl $0xeb0eb0eb, %ebp\n"
		  "std\n"
		  "1: incl %gs:0x3000; cmpl $1, %fs:0x3004; jne 1b\n"
		  "stc; pushfl; movl %gs:(%esp), %eax; addl $4, %esp\n"
		  "cld; andl $0x401, %eax; cmpl $0x401, %eax; jne 2f\n"
		  "cmpl $0xb1b1b1b1, %ebx; jne 2f; cmpl $0xc2c2c2c2, %ecx; jne 2f\n"
		  "cmpl $0xd3d3d3d3, %edx; jne 2f; cmpl $0x51515151, %esi; jne 2f\n"
		  "cmpl $0xd1d1d1d1, %edi; jne 2f; cmpl $0xeb0eb0eb, %ebp; jne 2f\n"
		  "movl $1, %eax; jmp 3f; 2: xorl %eax, %eax\n"
		  "3: popl %ebp; popl %edi; popl %esi; popl %ebx; ret");
/*
 * Holds the argument in XMM0 and pi in ST0 until the word at 3004 is 1. Returns XMM0's low
 * word, inverted if ST0 is not pi.
 */
PLUGIN_CODE(hold_fpu, "movd 4(%esp), %xmm0; fldpi\n"
		      "1: incl 0x3000; cmpl $1, 0x3004; jne 1b\n"
		      "fldpi; fcompp; fnstsw %ax; andl $0x4500, %eax; cmpl $0x4000, %eax\n"
		      "movd %xmm0, %eax; je 2f; notl %eax; 2: ret");
PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");

#define PLUGINS 3
static struct test_plugin p[PLUGINS];
static u32 tick_ns;
static volatile u32 events, behind, resumes;
static volatile bool ticking;

static u32 word(const struct test_plugin *q, u32 offset)
{
	return ACCESS_ONCE(*(u32 *)(q->data + offset));
}

static void on_timer(u32 port, struct regs *regs)
{
	const u8 *at = (const u8 *)regs->eip;

	(void)port;
	events++;
	if (at[-2] == 0xcd && at[-1] == 0x82 && regs->eax == PLUGIN_STATUS_INTERRUPTED) {
		behind++;
		check_eq(regs->edx, 0, "edx behind the hypercall");
	}
	if (at[0] == 0xcd && at[1] == 0x82 && regs->ebx == PLUGINOP_resume)
		resumes++;
	if (ticking)
		check_errno(set_timer(clock_ns() + tick_ns), 0, "set_timer_op");
}

static void tick(bool on)
{
	ticking = on;
	check_errno(set_timer(on ? clock_ns() + tick_ns : 0), 0, "set_timer_op");
}

static void make(struct test_plugin *q, const u8 *code, const u8 *end, u32 budget_us)
{
	struct plugin_services s = { .allowed = { 1u << 9 }, .strikes = 2 };

	plugin_remake(q, code, end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, q->handle, &s), 0, "services");
	check_errno(hypercall(plugin_op, PLUGINOP_budget, q->handle, budget_us), 0, "budget");
}

/* Resumes the plugin until its counter has changed. */
static void go_on(const struct test_plugin *q)
{
	u32 before = word(q, 0), value = 1;

	while (word(q, 0) == before && !report_failed()) {
		check_eq(plugin_resume(q->handle, &value), PLUGIN_STATUS_INTERRUPTED, "resume");
		check_eq(value, 0, "value of one that was interrupted");
	}
}

static void comes_back(void)
{
	u32 value = 1, before, i;

	make(&p[0], spin, spin_end, 10000000);
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	events = behind = resumes = 0;
	tick(true);
	check_eq(plugin_call(&p[0], 0, 0, &value), PLUGIN_STATUS_INTERRUPTED, "call");
	check_eq(value, 0, "value");
	check(behind >= 1, "the event did not come behind the hypercall");
	for (i = 0; i < 10; i++) {
		before = behind;
		go_on(&p[0]);
		check(behind > before, "it came back without an event");
		check_eq(plugin_query(p[0].handle).state, PLUGIN_STATE_BUSY, "state");
		check_errno(plugin_call(&p[0], 0, 0, NULL), XEN_EBUSY, "another call");
		check_errno(plugin_reply(p[0].handle, 0, 0, NULL), XEN_EINVAL, "reply");
	}
	check_eq(resumes, 0, "hypercalls that went on by themselves");
	check_eq(plugin_query(p[0].handle).calls, 1, "calls");

	/* Without the flag the monitor resumes the call until the budget is used up. */
	plugin_interruptible = 0;
	behind = 0;
	check_errno(hypercall(plugin_op, PLUGINOP_budget, p[0].handle, 200000), 0, "budget");
	check_eq(plugin_resume(p[0].handle, &value), PLUGIN_STATUS_TIMEOUT, "without the flag");
	check_eq(behind, 0, "events behind a hypercall without the flag");
	check(resumes > 0, "no event went on by itself");
	tick(false);
}

static void other_commands(void)
{
	u32 command;

	for (command = 0; command < 40; command++)
		if (command != PLUGINOP_invoke && command != PLUGINOP_resume &&
		    command != PLUGINOP_reply)
			check_errno(
				hypercall(plugin_op, command | PLUGINOP_INTERRUPTIBLE, p[0].handle),
				XEN_ENOSYS, "command %u with the flag", command);
	for (command = PLUGINOP_INTERRUPTIBLE >> 1; command > 31; command >>= 1)
		check_errno(hypercall(plugin_op, command | PLUGINOP_invoke, p[0].handle),
			    XEN_ENOSYS, "command with %x", command);
}

/* Two plugins side by side, each interrupted in turn; they end in another order than they began. */
static void registers(const u8 *code, const u8 *end, bool fpu)
{
	static const u32 ours[4] ALIGNED(16) = { 0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00 };
	u32 now[4] ALIGNED(16), value, i, n, round;
	long status;

	for (i = 0; i < PLUGINS; i++)
		make(&p[i], code, end, 10000000);
	asm volatile("fninit; fldlg2; movaps %0, %%xmm0" : : "m"(ours));
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	tick(true);
	for (i = 0; i < PLUGINS; i++)
		check_eq(plugin_call(&p[i], 0xa5000000 + i, 0, NULL), PLUGIN_STATUS_INTERRUPTED,
			 "%u: call", i);
	for (round = 0; round < 6; round++) {
		for (i = 0; i < PLUGINS; i++) {
			n = (i * 2 + round) % PLUGINS;
			go_on(&p[n]);
			asm volatile("movaps %%xmm0, %0" : "=m"(now));
			check(!memcmp(now, ours, sizeof(now)), "the guest's XMM0");
		}
	}
	for (i = PLUGINS; i--;) {
		ACCESS_ONCE(*(u32 *)(p[i].data + 4)) = 1;
		do
			status = plugin_resume(p[i].handle, &value);
		while (status == PLUGIN_STATUS_INTERRUPTED);
		check_eq(status, 0, "%u: status", i);
		check_eq(value, fpu ? 0xa5000000 + i : 1, "%u: its registers", i);
	}
	tick(false);
	plugin_interruptible = 0;
}

static void charged(void)
{
	static const u32 budget_us[PLUGINS] = { 60000, 20000, 40000 };
	u32 i, left = PLUGINS;
	u32 turns[PLUGINS] = { 1, 1, 1 };
	bool over[PLUGINS] = { 0 };
	long status;

	for (i = 0; i < PLUGINS; i++)
		make(&p[i], spin, spin_end, budget_us[i]);
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	tick(true);
	for (i = 0; i < PLUGINS; i++)
		check_eq(plugin_call(&p[i], 0, 0, NULL), PLUGIN_STATUS_INTERRUPTED, "%u: call", i);
	while (left && !report_failed()) {
		i = (i + 1) % PLUGINS;
		if (over[i])
			continue;
		turns[i]++;
		status = plugin_resume(p[i].handle, NULL);
		if (status == PLUGIN_STATUS_INTERRUPTED)
			continue;
		over[i] = true;
		left--;
		check_eq(status, PLUGIN_STATUS_TIMEOUT, "%u: status", i);
		print("budget %u us: %u turns\n", budget_us[i], turns[i]);
	}
	tick(false);
	plugin_interruptible = 0;
}

/* EBX of a refused request must not reach the guest's register frame. */
static void refused(void)
{
	u32 flag;

	for (flag = 0; flag <= 1; flag++) {
		make(&p[0], ask, ask_end, flag ? 10000000 : 100000);
		/* Only 10 is refused. Service 9 and its reply are issued with this flag. */
		plugin_interruptible = flag ? PLUGINOP_INTERRUPTIBLE : 0;
		check_eq(plugin_call(&p[0], flag ? 0 : PLUGINOP_INTERRUPTIBLE, 1, NULL),
			 PLUGIN_STATUS_SERVICE, "refused: call");
		check_eq(plugin_request.args[0], flag ? 0 : PLUGINOP_INTERRUPTIBLE, "its EBX");
		events = behind = resumes = 0;
		tick(true);
		check_eq(plugin_reply(p[0].handle, 0, 0, NULL),
			 flag ? PLUGIN_STATUS_INTERRUPTED : PLUGIN_STATUS_TIMEOUT,
			 "refused: reply");
		escape_attacks++;
		if (flag)
			go_on(&p[0]);
		tick(false);
		check_eq((int)word(&p[0], 0x10), -XEN_EPERM, "the answer to it");
		check(flag ? !resumes : !behind && resumes, "it was resumed as it liked");
	}
	plugin_interruptible = 0;
}

static void after_a_service(void)
{
	make(&p[0], ask, ask_end, 10000000);
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	tick(true);
	check_eq(plugin_call(&p[0], 5, 0, NULL), PLUGIN_STATUS_SERVICE, "service: call");
	check_eq(plugin_reply(p[0].handle, 77, -7, NULL), PLUGIN_STATUS_INTERRUPTED, "reply");
	go_on(&p[0]);
	check_eq((int)word(&p[0], 8), -7, "status of the answer");
	check_eq(word(&p[0], 12), 77, "value of the answer");
	check_errno(plugin_reply(p[0].handle, 0, 0, NULL), XEN_EINVAL, "reply to one suspended");
	tick(false);
	plugin_interruptible = 0;
}

static void masked(void)
{
	make(&p[0], spin, spin_end, 20000);
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	upcalls_off();
	events = 0;
	tick(true);
	check_eq(plugin_call(&p[0], 0, 0, NULL), PLUGIN_STATUS_TIMEOUT, "masked: status");
	check_eq(events, 0, "masked: events");
	tick(false);
	upcalls_on();
	plugin_interruptible = 0;
}

static void ends(void)
{
	u32 value, old, i;

	for (i = 0; i < 4; i++) {
		make(&p[0], spin, spin_end, 10000000);
		make(&p[1], count, count_end, 100000);
		plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
		tick(true);
		check_eq(plugin_call(&p[0], 0, 0, NULL), PLUGIN_STATUS_INTERRUPTED, "ends: call");
		tick(false);
		/* The registers of the paused call lie on the plugin stack, or another call has put them away. */
		if (i & 1)
			check_eq(plugin_call(&p[1], 0, 0, NULL), 0, "another");
		old = p[0].handle;
		if (i & 2) {
			check_errno(hypercall(plugin_op, PLUGINOP_kill, old), 0, "kill");
			check_eq(plugin_call(&p[0], 0, 0, NULL), PLUGIN_STATUS_DEAD, "call again");
		} else {
			plugin_remake(&p[0], count, count_end);
		}
		value = 1;
		check_eq(plugin_resume(old, &value), PLUGIN_STATUS_KILLED, "ends: resume");
		check_eq(value, 0, "ends: value");
		if (i & 2)
			check_errno(plugin_resume(old, NULL), XEN_EINVAL, "resume again");
		else
			check_eq(plugin_call(&p[0], 0, 0, NULL), 0, "the new one");
	}
	plugin_interruptible = 0;
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);
	u32 i;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	tick_ns = plugin_info().tick_us * 1000;
	for (i = 0; i < PLUGINS; i++)
		plugin_make(&p[i], count, count_end);
	upcalls_on();
	comes_back();
	other_commands();
	registers(hold, hold_end, false);
	registers(hold_fpu, hold_fpu_end, true);
	charged();
	refused();
	after_a_service();
	masked();
	ends();
	for (i = 0; i < PLUGINS; i++)
		check_errno(plugin_destroy(p[i].handle), 0, "destroy %u", i);
	report_success();
}
