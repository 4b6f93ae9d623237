// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin that does not return is stopped when its budget is used up, not
 * before; the times between its interruptions add up. Events reach the guest while a
 * plugin runs, and the plugin's registers are unchanged afterwards. While a plugin is
 * suspended the guest may call other plugins, be interrupted in them too, and destroy
 * the suspended one. Masked events are delivered after the call.
 *
 * Provoked by: plugins that spin, or wait for a word that the guest's timer handler
 * changes.
 *
 * Cannot tell: how late a plugin is stopped; the test prints that.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(spin, "1: jmp 1b");
PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");

/*
 * Waits until the word at 3000 is at least the argument, with known values in every
 * register, FS, GS and the flags. Returns 1 if all values are unchanged.
 */
PLUGIN_CODE(wait, "pushl %ebx; pushl %esi; pushl %edi; pushl %ebp\n"
		  "movl 20(%esp), %eax; movl %eax, 0x3004\n"
		  "movl %ds, %eax; movl %eax, %fs; movl %eax, %gs\n"
		  "movl $0xb1b1b1b1, %ebx; movl $0xc2c2c2c2, %ecx; movl $0xd3d3d3d3, %edx\n"
		  "movl $0x51515151, %esi; movl $0xd1d1d1d1, %edi; movl $0xeb0eb0eb, %ebp\n"
		  "std\n"
		  "1: movl 0x3004, %eax; cmpl %eax, %fs:0x3000; jb 1b\n"
		  "stc; pushfl; movl %gs:(%esp), %eax; addl $4, %esp\n"
		  "cld; andl $0x401, %eax; cmpl $0x401, %eax; jne 2f\n"
		  "cmpl $0xb1b1b1b1, %ebx; jne 2f; cmpl $0xc2c2c2c2, %ecx; jne 2f\n"
		  "cmpl $0xd3d3d3d3, %edx; jne 2f; cmpl $0x51515151, %esi; jne 2f\n"
		  "cmpl $0xd1d1d1d1, %edi; jne 2f; cmpl $0xeb0eb0eb, %ebp; jne 2f\n"
		  "movl $1, %eax; jmp 3f; 2: xorl %eax, %eax\n"
		  "3: popl %ebp; popl %edi; popl %esi; popl %ebx; ret");

static struct test_plugin a, b, c;
static u32 tick_ns;
static volatile u32 events, again; /* again: how often the timer is set anew */
static void (*volatile in_event)(struct regs *regs);
static u64 asked, came;
static u32 cycles; /* from the monitor's tick to the handler of the event */

static void ask(u64 ns)
{
	asked = clock_ns() + ns;
	check_errno(set_timer(asked), 0, "set_timer_op");
}

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	cycles = (u32)(rdtsc() - vcpu0.time.tsc_timestamp);
	came = clock_ns();
	events++;
	++*(volatile u32 *)a.data;
	++*(volatile u32 *)c.data;
	if (again) {
		again--;
		ask(tick_ns);
	}
	if (!in_event)
		return;
	/* On a busy host the event may come before the call has begun. */
	if (regs->eax == __HYPERVISOR_plugin_op && regs->ebx == PLUGINOP_resume)
		in_event(regs);
	else
		ask(tick_ns);
}

static void budgets(void)
{
	static const u32 us[] = { 1, 3000, 10000, 50000 };
	struct plugin_query q;
	u64 start, took;
	u32 i, value;

	for (i = 0; i < ARRAY_SIZE(us); i++) {
		plugin_remake(&a, spin, spin_end);
		check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, us[i]), 0, "budget");
		start = clock_ns();
		check_eq(plugin_call(&a, 0, 0, &value), PLUGIN_STATUS_TIMEOUT, "%u us: status",
			 us[i]);
		took = clock_ns() - start;
		q = plugin_query(a.handle);
		check_eq(q.fault.vector, 32, "vector");
		/* With the least budget the plugin may not have reached its loop. */
		if (us[i] > 1)
			check_eq(q.fault.eip, PLUGIN_ENTRY, "eip");
		check_eq(q.fault.flags, 0, "flags");
		check_eq(q.state, PLUGIN_STATE_DEAD, "state");
		print("budget %u us, tick %u us: stopped after %u us\n", us[i], tick_ns / 1000,
		      (u32)divide(took, 1000, NULL));
		check(took >= (u64)us[i] * 1000, "%u us: stopped early", us[i]);
		/*
		 * The engine may lose the CPU for a while: a plugin that must still be running
		 * spins for ever.
		 */
		check(took < (u64)us[i] * 1000 + tick_ns + MS(5000), "%u us: stopped late", us[i]);
	}
}

/* Interruptible: the guest's time between the pieces, more than the budget, is not counted. */
static void in_pieces(void)
{
	u64 start = clock_ns(), took = 0;
	u32 pieces = 0;
	long status;

	plugin_remake(&a, spin, spin_end);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 30000), 0, "budget");
	plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
	again = 1000;
	ask(tick_ns);
	status = plugin_call(&a, 0, 0, NULL);
	took = clock_ns() - start;
	while (status == PLUGIN_STATUS_INTERRUPTED) {
		pieces++;
		/* Not a multiple of the tick, or each slice could be of length 0. */
		clock_spin(MS(21));
		start = clock_ns();
		status = plugin_resume(a.handle, NULL);
		took += clock_ns() - start;
	}
	check_eq(status, PLUGIN_STATUS_TIMEOUT, "pieces: status");
	print("budget 30000 us, in %u pieces: stopped after %u us\n", pieces + 1,
	      (u32)divide(took, 1000, NULL));
	check(pieces >= 2, "it was not interrupted");
	check(took >= MS(30), "pieces: stopped early");
	check(took < MS(30) + tick_ns + MS(5) + pieces * MS(1), "pieces: stopped late");

	/* A budget that is made less meanwhile holds for the rest of the call. */
	plugin_remake(&a, spin, spin_end);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 5000000), 0, "budget");
	check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_INTERRUPTED, "less: call");
	again = 0;
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 1), 0, "less budget");
	start = clock_ns();
	do
		status = plugin_resume(a.handle, NULL);
	while (status == PLUGIN_STATUS_INTERRUPTED);
	check_eq(status, PLUGIN_STATUS_TIMEOUT, "less: status");
	check(clock_ns() - start < 2 * tick_ns + MS(5), "less: stopped late");
	plugin_interruptible = 0;
	clock_spin(4 * tick_ns);
}

static void events_come(void)
{
	u32 value = 0;

	plugin_remake(&a, wait, wait_end);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 5000000), 0, "budget");
	events = 0;
	again = 9;
	ask(tick_ns);
	check_eq(plugin_call(&a, 10, 0, &value), 0, "waiting: status");
	check_eq(value, 1, "waiting: its registers");
	check_eq(events, 10, "events");
	check_eq(plugin_query(a.handle).calls, 1, "calls");

	/* Under a plugin that spins the event is as early as without. */
	plugin_remake(&b, spin, spin_end);
	events = 0;
	ask(MS(20));
	check_eq(plugin_call(&b, 0, 0, &value), PLUGIN_STATUS_TIMEOUT, "spinning: status");
	check_eq(events, 1, "spinning: events");
	check(came >= asked, "event before its time");
	print("event under a spinning plugin: %u us late, %u cycles after the tick\n",
	      (u32)divide(came - asked, 1000, NULL), cycles);
	events = 0;
	ask(MS(20));
	clock_spin(MS(40));
	check_eq(events, 1, "guest spinning: events");
	print("event under a spinning guest: %u us late, %u cycles after the tick\n",
	      (u32)divide(came - asked, 1000, NULL), cycles);
}

static void masked(void)
{
	u32 value;

	plugin_remake(&b, spin, spin_end);
	upcalls_off();
	events = 0;
	ask(tick_ns);
	check_eq(plugin_call(&b, 0, 0, &value), PLUGIN_STATUS_TIMEOUT, "masked: status");
	check_eq(events, 0, "masked: events during the call");
	upcalls_on();
	check_eq(events, 1, "masked: events after it");
}

static void use_others(struct regs *regs)
{
	u32 value = 0;

	in_event = NULL;
	check_eq(regs->ebx, PLUGINOP_resume, "ebx of the interrupted hypercall");
	check_eq(regs->eax, __HYPERVISOR_plugin_op, "eax of it");
	check_eq(regs->ecx, a.handle, "ecx of it");
	check_eq(plugin_query(a.handle).state, PLUGIN_STATE_BUSY, "state of who waits");
	check_errno(plugin_call(&a, 1, 0, NULL), XEN_EBUSY, "call of who waits");
	check_eq(plugin_call(&b, 0, 0, &value), 0, "another: status");
	check_eq(value, 1, "another: value");
	check_errno(hypercall(plugin_op, PLUGINOP_resume, b.handle), XEN_EINVAL,
		    "resume of who does not wait");
	/* A third plugin, which is interrupted too. */
	again = 5;
	ask(tick_ns);
	upcalls_on();
	check_eq(plugin_call(&c, 4, 0, &value), 0, "third: status");
	check_eq(value, 1, "third: its registers");
}

static void nested(void)
{
	u32 value = 0;

	plugin_remake(&a, wait, wait_end);
	plugin_remake(&b, count, count_end);
	plugin_remake(&c, wait, wait_end);
	hypercall(plugin_op, PLUGINOP_budget, a.handle, 5000000);
	hypercall(plugin_op, PLUGINOP_budget, c.handle, 5000000);
	in_event = use_others;
	again = 0;
	ask(tick_ns);
	check_eq(plugin_call(&a, 5, 0, &value), 0, "first: status");
	check_eq(value, 1, "first: its registers");
	again = 0;
	clock_spin(4 * tick_ns);
}

static void destroy_it(struct regs *regs)
{
	(void)regs;
	in_event = NULL;
	check_errno(plugin_destroy(a.handle), 0, "destroy of who waits");
	check_errno(plugin_destroy(a.handle), XEN_ENOENT, "again");
	/* After a destroy its memory is writable, and its slot can be used again. */
	memset(a.text, 0xcc, PAGE_SIZE);
	memset(a.stack, 0xcc, PAGE_SIZE);
	check(plugin_create(&b, 0) > 0, "a new one: %ld", b.handle);
}

static void killed(void)
{
	u32 value = 1, old, i;

	for (i = 0; i < 20; i++) {
		plugin_remake(&a, wait, wait_end);
		check_errno(plugin_destroy(b.handle), 0, "destroy b");
		old = a.handle;
		in_event = destroy_it;
		ask(MS(1));
		check_eq(plugin_call(&a, 1000, 0, &value), PLUGIN_STATUS_KILLED, "status");
		check_eq(value, 0, "value");
		check_errno(plugin_invoke(old, PLUGIN_ENTRY, NULL, 0, NULL), XEN_ENOENT,
			    "call after");
		memcpy(a.text, b.text, 0x40);
		require(plugin_create(&a, 0) > 0, "create");
	}
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	tick_ns = plugin_info().tick_us * 1000;
	plugin_make(&a, count, count_end);
	plugin_make(&b, count, count_end);
	plugin_make(&c, count, count_end);
	upcalls_on();
	budgets();
	in_pieces();
	events_come();
	masked();
	nested();
	killed();
	report_success();
}
