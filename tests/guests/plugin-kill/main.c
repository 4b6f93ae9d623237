// SPDX-License-Identifier: MIT
/*
 * Claim: a killed plugin never runs again, in whatever state it was. Each of its calls
 * ends once, with KILLED. Its memory, windows and slot stay in use until it is
 * destroyed, and the memory is the guest's again then. No other plugin is affected.
 *
 * Provoked by: kill of a plugin that is ready, dead, suspended, waiting for a reply, or
 * interrupted in an interruptible hypercall, alone or below other such calls; from an
 * event handler and from within a service, with the FPU in use; then a second kill, and
 * a kill after destroy.
 *
 * Cannot tell: a kill while a plugin runs; the guest cannot issue hypercalls then.
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(spin, "movl $0x51515151, %esi; movl %ds, %ecx; movl %ecx, %gs; incl 0x3000\n"
		  "1: jmp 1b");
PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");
/* Requests service 9 with known values in registers, then counts for ever. */
PLUGIN_CODE(ask, "movl $9, %eax; movl $0xb1b1b1b1, %ebx; movl $0xc2c2c2c2, %ecx\n"
		 "movl $0xd1d1d1d1, %edi; movl %ds, %edx; movl %edx, %fs; int $0x81\n"
		 "1: incl 0x3004; jmp 1b");
#define ASK_EIP (PLUGIN_ENTRY + 5 + 5 + 5 + 5 + 2 + 2 + 2) /* behind the gate */
/* Requests service 9 with ones in XMM0 and pi in ST0, then counts for ever. */
PLUGIN_CODE(ask_fpu, "pcmpeqd %xmm0, %xmm0; fldpi; movl $9, %eax; int $0x81\n"
		     "1: incl 0x3004; jmp 1b");
/* Returns XMM0's low word | inverted tag word: 0 if XMM0 is 0 and the FPU stack is empty. */
PLUGIN_CODE(show_fpu, "movd %xmm0, %eax; fnstenv 0x3100; movl 0x3108, %ecx; notl %ecx\n"
		      "movzwl %cx, %ecx; orl %ecx, %eax; ret");
PLUGIN_CODE(halt, "hlt");

static struct test_plugin a, b, c, d;
static u32 tick_ns;
static volatile u32 events;
static void (*volatile in_event)(struct regs *regs);
static const struct test_plugin *volatile in_plugin; /* in whose loop the event has to come */

static u32 word(const struct test_plugin *p, u32 offset)
{
	return ACCESS_ONCE(*(u32 *)(p->data + offset));
}

static void next_event(const struct test_plugin *within, void (*what)(struct regs *regs))
{
	in_plugin = within;
	in_event = what;
	events = 0;
	check_errno(set_timer(clock_ns() + tick_ns), 0, "set_timer_op");
}

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	/* The plugin may not have reached its loop yet, or may not even have been called. */
	if (in_plugin && !word(in_plugin, 0)) {
		next_event(in_plugin, in_event);
		return;
	}
	events++;
	if (in_event)
		in_event(regs);
}

static long kill(u32 handle)
{
	escape_attacks++;
	return hypercall(plugin_op, PLUGINOP_kill, handle);
}

static void make(struct test_plugin *p, const u8 *code, const u8 *end)
{
	struct plugin_services s = { .allowed = { 1u << 9 }, .strikes = 1 };

	plugin_remake(p, code, end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, p->handle, &s), 0, "services");
}

/* Can the frame become a page table? Not while a plugin has it writable. */
static long try_table(u8 *page)
{
	long error;

	memset(page, 0, PAGE_SIZE);
	check_errno(page_rights(page, PTE_READONLY), 0, "read-only");
	error = mmuext(MMUEXT_PIN_L1_TABLE, frame_of(page), 0);
	if (!error)
		check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(page), 0), 0, "unpin");
	check_errno(page_rights(page, PTE_WRITABLE), 0, "writable");
	return error;
}

/* Checks that the plugin is dead, and its fault record. */
static void check_dead(const char *what, const struct test_plugin *p, u32 eip, u32 faults)
{
	struct plugin_query q = plugin_query(p->handle);

	check_eq(q.state, PLUGIN_STATE_DEAD, "%s: state", what);
	check_eq(q.faults, faults, "%s: faults", what);
	check_eq(q.fault.status, PLUGIN_STATUS_KILLED, "%s: status in the record", what);
	check_eq(q.fault.vector, 33, "%s: vector", what);
	check_eq(q.fault.error_code, 0, "%s: error code", what);
	check_eq(q.fault.flags, 0, "%s: flags", what);
	check_eq(q.fault.eip, eip, "%s: eip", what);
	check_eq(q.fault.call, q.calls, "%s: call", what);
}

/* No command runs the dead plugin, and it keeps its memory. Then destroys it. */
static void check_over(const char *what, struct test_plugin *p)
{
	u32 calls = plugin_query(p->handle).calls, ran = word(p, 0), value = 1, old = p->handle;

	check_errno(kill(p->handle), 0, "%s: kill of who is dead", what);
	check_eq(plugin_call(p, 0, 0, &value), PLUGIN_STATUS_DEAD, "%s: call", what);
	check_eq(value, 0, "%s: value", what);
	check_errno(plugin_reply(p->handle, 0, 0, NULL), XEN_EINVAL, "%s: reply", what);
	check_errno(hypercall(plugin_op, PLUGINOP_resume, p->handle), XEN_EINVAL, "%s: resume",
		    what);
	check_eq(plugin_query(p->handle).calls, calls, "%s: calls", what);
	check_eq(word(p, 0), ran, "%s: it ran", what);
	check_errno(try_table(p->data), XEN_EBUSY, "%s: data while it is there", what);
	check_errno(plugin_destroy(p->handle), 0, "%s: destroy", what);
	check_errno(try_table(p->data), 0, "%s: data after it", what);
	check_errno(try_table(p->stack), 0, "%s: stack after it", what);
	check_errno(kill(old), XEN_ENOENT, "%s: kill of who is gone", what);
	memcpy(p->text, b.text, 0x40); /* the start stub, for the next plugin */
	require(plugin_create(p, 0) > 0, "create: %ld", p->handle);
	check_errno(kill(old), XEN_ENOENT, "%s: kill by the old handle", what);
	check_eq(plugin_query(p->handle).state, PLUGIN_STATE_IDLE, "%s: state of the new", what);
}

static void idle(void)
{
	static const u32 wrong[] = { 0, 1, 2047, 0x7fffffff, 0x80000000, 0xffffffff };
	struct plugin_query q;
	u32 i, value = 0;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		check_errno(kill(wrong[i]), XEN_ENOENT, "kill of %x", wrong[i]);
	make(&a, count, count_end);
	check_errno(kill(a.handle), 0, "idle: kill");
	check_dead("never called", &a, 0, 0);
	check_over("never called", &a);

	make(&a, count, count_end);
	make(&b, count, count_end);
	check_eq(plugin_call(&a, 0, 0, NULL), 0, "idle: status before");
	check_errno(kill(a.handle), 0, "idle: kill");
	check_dead("idle", &a, 0, 0);
	check_eq(plugin_call(&b, 0, 0, &value), 0, "another: status");
	check_eq(value, 1, "another: value");
	check_over("idle", &a);

	/* The kill of a dead plugin does not change its fault record. */
	make(&a, halt, halt_end);
	check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_FAULT, "dead: status");
	check_errno(kill(a.handle), 0, "dead: kill");
	q = plugin_query(a.handle);
	check_eq(q.fault.status, PLUGIN_STATUS_FAULT, "dead: record");
	check_eq(q.faults, 1, "dead: faults");
	check_over("dead", &a);
}

static void kill_a(struct regs *regs)
{
	check_eq(regs->ebx, PLUGINOP_resume, "ebx of the interrupted hypercall");
	check_errno(kill(a.handle), 0, "kill of who is suspended");
	check_dead("suspended", &a, PLUGIN_ENTRY + 5 + 2 + 2 + 6, 1);
	check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_DEAD, "call in the handler");
	check_errno(plugin_reply(a.handle, 0, 0, NULL), XEN_EINVAL, "reply in the handler");
	check_errno(kill(a.handle), 0, "kill again");
}

static void suspended(void)
{
	struct plugin_fault f;
	u32 value, i;

	for (i = 0; i < 10; i++) {
		make(&a, spin, spin_end);
		value = 1;
		next_event(&a, kill_a);
		check_eq(plugin_call(&a, 0, 0, &value), PLUGIN_STATUS_KILLED, "suspended: status");
		check_eq(value, 0, "suspended: value");
		f = plugin_query(a.handle).fault;
		check_eq(f.esi, 0x51515151, "esi in the record");
		check_eq(f.gs, f.ds, "gs in the record");
		check_eq(f.fs, 0, "fs in the record");
		check_over("suspended", &a);
	}
}

/* The kill comes after the event; the hypercall returns INTERRUPTED nevertheless. */
static void kill_behind(struct regs *regs)
{
	check_eq(regs->eax, PLUGIN_STATUS_INTERRUPTED, "eax behind the hypercall");
	check_errno(kill(a.handle), 0, "kill of who was interrupted");
}

/* Commands with wrong handles, or the wrong command for a: no call is continued or ended. */
static void wrong_handles(void)
{
	u32 ran = word(&a, 0);

	check_errno(plugin_resume(b.handle, NULL), XEN_EINVAL, "resume of another");
	check_errno(plugin_resume(a.handle + plugin_info().plugins_max, NULL), XEN_ENOENT,
		    "resume of who will be");
	check_errno(plugin_resume(a.handle ^ 1024, NULL), XEN_ENOENT, "resume of no slot");
	check_errno(plugin_reply(a.handle, 0, 0, NULL), XEN_EINVAL, "reply to it");
	check_eq(word(&a, 0), ran, "it ran");
}

static void interrupted(void)
{
	u32 value, i, old;
	long status;

	for (i = 0; i < 12; i++) {
		make(&a, spin, spin_end);
		make(&b, count, count_end);
		plugin_interruptible = PLUGINOP_INTERRUPTIBLE;
		next_event(&a, i % 3 ? NULL : kill_behind);
		value = 1;
		status = plugin_call(&a, 0, 0, &value);
		while (status == PLUGIN_STATUS_INTERRUPTED && !events)
			status = plugin_resume(a.handle, &value);
		check_eq(status, PLUGIN_STATUS_INTERRUPTED, "interrupted: status");
		check_eq(value, 0, "interrupted: value");
		wrong_handles();
		/* The registers of the paused call lie on the plugin stack, or b has put them away. */
		if (i & 1)
			check_eq(plugin_call(&b, 0, 0, NULL), 0, "another in between");
		old = a.handle;
		if (i % 3 == 1) {
			check_errno(kill(old), 0, "kill of who was interrupted");
			wrong_handles();
		}
		if (i % 3 == 2)
			plugin_remake(&a, count, count_end);
		else
			check_dead("interrupted", &a, PLUGIN_ENTRY + 5 + 2 + 2 + 6, 1);
		if (i & 4)
			plugin_interruptible = 0;
		value = 1;
		check_eq(plugin_resume(old, &value), PLUGIN_STATUS_KILLED, "interrupted: resume");
		check_eq(value, 0, "interrupted: value");
		plugin_interruptible = 0;
		if (i % 3 == 2) {
			check_eq(plugin_resume(old, NULL), PLUGIN_STATUS_KILLED, "of who is gone");
			check_errno(plugin_resume(a.handle, NULL), XEN_EINVAL, "of the new one");
			check_eq(plugin_call(&a, 0, 0, &value), 0, "the new one: status");
			check_eq(value, 1, "the new one: value");
		} else {
			check_over("interrupted", &a);
		}
	}
}

static void waiting(void)
{
	struct plugin_fault f;
	u32 value, i, old;

	for (i = 0; i < 10; i++) {
		make(&a, ask, ask_end);
		check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "waiting: status");
		/* The registers of the paused call lie on the plugin stack, or b has put them away. */
		if (i & 1)
			check_eq(plugin_call(&b, 0, 0, NULL), 0, "another in between");
		check_errno(kill(a.handle), 0, "kill of who waits");
		check_dead("waiting", &a, ASK_EIP, 1);
		f = plugin_query(a.handle).fault;
		check_eq(f.ebx, 0xb1b1b1b1, "ebx in the record");
		check_eq(f.edi, 0xd1d1d1d1, "edi in the record");
		check_eq(f.fs, f.ds, "fs in the record");
		check_errno(hypercall(plugin_op, PLUGINOP_resume, a.handle), XEN_EINVAL,
			    "resume of who waited for a reply");
		if (i & 2)
			check_eq(plugin_call(&b, 0, 0, NULL), 0, "another after the kill");
		value = 1;
		check_eq(plugin_reply(a.handle, 5, 6, &value), PLUGIN_STATUS_KILLED, "reply");
		check_eq(value, 0, "reply: value");
		check_eq(word(&a, 4), 0, "it went on");
		check_over("waiting", &a);

		/* Destroyed while KILLED is owed: the old handle still returns KILLED. */
		make(&a, ask, ask_end);
		check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "waiting: status");
		old = a.handle;
		check_errno(kill(old), 0, "kill");
		plugin_remake(&a, count, count_end);
		check_eq(plugin_reply(old, 0, 0, NULL), PLUGIN_STATUS_KILLED, "late reply");
		check_errno(plugin_reply(a.handle, 0, 0, NULL), XEN_EINVAL, "reply to the new");
		check_eq(plugin_call(&a, 0, 0, &value), 0, "the new one: status");
		check_eq(value, 1, "the new one: value");
	}
}

static void windows(void)
{
	u8 *page = pages_alloc(1);
	u32 frame = frame_of(page);
	struct plugin_window w = { .frames = (u32)&frame, .nr = 1, .flags = PLUGIN_WINDOW_WRITE };

	a.nr_window = 2;
	make(&a, ask, ask_end);
	check_errno(hypercall(plugin_op, PLUGINOP_grant, a.handle, &w), 0, "grant");
	check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "window: status");
	check_errno(kill(a.handle), 0, "window: kill");
	check_eq(plugin_query(a.handle).windows, 1, "windows of who is dead");
	check_errno(try_table(page), XEN_EBUSY, "window of who is dead");
	check_errno(hypercall(plugin_op, PLUGINOP_revoke, a.handle, w.offset), 0, "revoke");
	check_errno(try_table(page), 0, "after revoke");
	check_errno(hypercall(plugin_op, PLUGINOP_grant, a.handle, &w), 0, "grant to the dead");
	check_errno(try_table(page), XEN_EBUSY, "window of who is dead, granted after");
	check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_KILLED, "window: reply");
	a.nr_window = 0;
	plugin_remake(&a, count, count_end);
	check_errno(try_table(page), 0, "after destroy");
}

/*
 * Nested: a is suspended, then b waits for a reply, then c is suspended. Then all are
 * killed in some order, and d can still be called.
 */
static u32 order;

static void kill_all(struct regs *regs)
{
	static const u8 orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 2, 0, 1 } };
	const struct test_plugin *all[] = { &a, &b, &c };
	u32 i;

	check_eq(regs->ecx, c.handle, "who was interrupted last");
	for (i = 0; i < 3; i++) {
		check_errno(kill(all[orders[order][i]]->handle), 0, "nested: kill %u", i);
		check_eq(plugin_call(&d, 0, 0, NULL), 0, "nested: another");
	}
}

static void nest(struct regs *regs)
{
	(void)regs;
	check_eq(plugin_call(&b, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "nested: b asks");
	next_event(&c, kill_all);
	upcalls_on();
	check_eq(plugin_call(&c, 0, 0, NULL), PLUGIN_STATUS_KILLED, "nested: c");
	check_eq(plugin_reply(b.handle, 0, 0, NULL), PLUGIN_STATUS_KILLED, "nested: b");
	check_errno(plugin_reply(b.handle, 0, 0, NULL), XEN_EINVAL, "nested: b again");
	upcalls_off();
}

static void nested(void)
{
	for (order = 0; order < 4; order++) {
		make(&a, spin, spin_end);
		make(&b, ask, ask_end);
		make(&c, spin, spin_end);
		make(&d, count, count_end);
		next_event(&a, nest);
		check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_KILLED, "nested: a");
		check_eq(word(&d, 0), 3, "nested: calls of another");
		check_eq(word(&b, 4), 0, "nested: b went on");
		check_over("nested a", &a);
		check_over("nested c", &c);
	}
	plugin_remake(&b, count, count_end);
}

/* An event handler kills the plugin whose service the guest is carrying out. */
static void kill_waiting(struct regs *regs)
{
	(void)regs;
	check_errno(kill(a.handle), 0, "kill in an event during a service");
}

static void during_service(void)
{
	u64 end;

	make(&a, ask, ask_end);
	check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "service: status");
	next_event(NULL, kill_waiting);
	for (end = clock_ns() + MS(2000); !events && clock_ns() < end;)
		continue;
	check_eq(events, 1, "events");
	check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_KILLED, "service: reply");
	check_over("service", &a);
}

static void fpu(void)
{
	static const u32 ours[4] ALIGNED(16) = { 0x11223344, 0x55667788, 0x99aabbcc, 0xddeeff00 };
	u32 now[4] ALIGNED(16), value = 1, i;

	for (i = 0; i < 4; i++) {
		make(&a, ask_fpu, ask_fpu_end);
		make(&b, show_fpu, show_fpu_end);
		asm volatile("fninit; fldlg2; movaps %0, %%xmm0" : : "m"(ours));
		check_eq(plugin_call(&a, 0, 0, NULL), PLUGIN_STATUS_SERVICE, "fpu: status");
		check_errno(kill(a.handle), 0, "fpu: kill");
		check_eq(plugin_reply(a.handle, 0, 0, NULL), PLUGIN_STATUS_KILLED, "fpu: reply");
		asm volatile("movaps %%xmm0, %0" : "=m"(now));
		check(!memcmp(now, ours, sizeof(now)), "the guest's XMM0");
		/* The next plugin gets neither the saved nor the current FPU registers of a. */
		check_eq(plugin_call(&b, 0, 0, &value), 0, "fpu: another");
		check_eq(value, 0, "fpu of another");
		asm volatile("movaps %%xmm0, %0" : "=m"(now));
		check(!memcmp(now, ours, sizeof(now)), "the guest's XMM0 after another");
		check_over("fpu", &a);
	}
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);
	u32 before, free;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	tick_ns = plugin_info().tick_us * 1000;
	before = plugin_info().plugins;
	free = plugin_info().pages_free;
	plugin_make(&a, count, count_end);
	plugin_make(&b, count, count_end);
	plugin_make(&c, count, count_end);
	plugin_make(&d, count, count_end);
	upcalls_on();
	idle();
	suspended();
	interrupted();
	waiting();
	windows();
	nested();
	during_service();
	fpu();
	check_errno(plugin_destroy(a.handle), 0, "destroy a");
	check_errno(plugin_destroy(b.handle), 0, "destroy b");
	check_errno(plugin_destroy(c.handle), 0, "destroy c");
	check_errno(plugin_destroy(d.handle), 0, "destroy d");
	check_eq(plugin_info().plugins, before, "plugins at last");
	check_eq(plugin_info().pages_free, free, "pages at last");
	escape_row(24, "stopped");
	report_success();
}
