// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin that does not return is stopped when its budget is used up, whatever
 * instructions it executes, and the guest's events are delivered meanwhile (rows 18 and
 * 19). What a plugin returns has no other effect than to be returned (row 21). Services
 * that are not allowed end its call (row 22). A plugin in a call is not called again, at
 * any depth (row 23). An interrupt of a plugin does not overwrite the guest's registers
 * (row 26).
 *
 * Provoked by: loops of instructions that take long, lock the bus or flush caches, and
 * of services. Returned words of every kind. 1,000 plugins that all wait in a service. A
 * timer that fires in each call, in calls that end in each way.
 *
 * Harmless (row 21): neither the monitor nor the plugin core acts upon a result, so
 * there is nothing to validate: status and value are separate.
 *
 * Cannot tell (row 22): no service gives out memory or locks.
 */
#include <lib/escape.h>
#include <lib/test.h>

#define LOOP(name, before, text) PLUGIN_CODE(name, before "\n1: " text "\njmp 1b")

/* At 7000 lies a window of 16 MiB, for the loops that use one. */
LOOP(empty, "", "");
LOOP(pauses, "", "pause");
LOOP(cpuids, "", "xorl %eax, %eax; cpuid");
LOOP(divisions, "movl $7, %ecx", "xorl %edx, %edx; movl $0x12345678, %eax; divl %ecx");
LOOP(square_roots, "fld1", "fsqrt; fsin; fpatan; fld1");
LOOP(copies, "cld", "movl $0x3000, %esi; movl $0x3800, %edi; movl $0x200, %ecx; rep movsl");
LOOP(huge_count, "cld", "movl $0x7000, %edi; movl $0x1000000, %ecx; rep stosb");
LOOP(shadows, "movl %ss, %eax", "movl %eax, %ss");
LOOP(refused, "", "movl $200, %eax; int $0x81");
LOOP(pause_refused, "", "pause; movl $200, %eax; pause; int $0x81; pause");
LOOP(asked, "", "movl $7, %eax; int $0x81");
LOOP(segments, "movl %ds, %eax", "movl %eax, %fs; movl %eax, %gs; movl %eax, %es");
LOOP(nothing_times, "movl $-1, %ecx", "loop .; movl $-1, %ecx");
LOOP(calls, "", "call 2f; 2: popl %eax");

LOOP(split_lock, "", "lock xaddl %eax, 0x303e");
LOOP(page_split_lock, "", "lock incl 0x7ffe; lock cmpxchg8b 0x8ffc");
LOOP(locks, "movl $1, %ecx", "lock incl 0x3000; lock cmpxchg8b 0x3040; lock btsl $5, 0x3080");
LOOP(flushes, "", "clflush 0x3000; clflush 0x2000; mfence; clflush 0x5000");
LOOP(no_caches, "", "movnti %eax, 0x3000; movnti %eax, 0x3040; sfence; prefetchnta 0x3080");

static u32 events, tick_ns;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	events++;
	++*(volatile u32 *)(hostile.data + 0xf00);
	set_timer(clock_ns() + tick_ns);
}

static void services(u32 allowed, u32 strikes)
{
	struct plugin_services s = { .allowed = { allowed }, .strikes = strikes };

	check_errno(hypercall(plugin_op, PLUGINOP_services, hostile.handle, &s), 0, "services");
}

/* The plugin must be stopped by its budget; the guest answers service 7 until then. */
static void endless(const char *name, const u8 *code, const u8 *end)
{
	struct plugin_fault f;
	u32 before = events, answers = 0;
	long status;

	escape_code(code, end);
	services(1 << 7, 0xffffffff);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, hostile.handle, 4 * tick_ns / 1000), 0,
		    "budget");
	status = escape_call(0, 0, 0, NULL);
	for (; status == PLUGIN_STATUS_SERVICE; answers++)
		status = plugin_reply(hostile.handle, answers, 0, NULL);
	check_eq(status, PLUGIN_STATUS_TIMEOUT, "%s: status", name);
	check_eq(!!answers, code == asked, "%s: services", name);
	f = escape_fault();
	check_eq(f.vector, 32, "%s: vector", name);
	check_eq(f.flags, 0, "%s: flags", name);
	check(events > before, "%s: no event came", name);
}

#define ENDLESS(name) endless(#name, name, name##_end)

/* Grants the largest window: the same page at each place. */
static void grant(void)
{
	static u32 frames[PLUGIN_WINDOW_PAGES_MAX];
	static u8 *page;
	struct plugin_window w = { (u32)frames, ARRAY_SIZE(frames), PLUGIN_WINDOW_WRITE, 0 };
	u32 i;

	if (!page)
		page = page_alloc();
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		frames[i] = frame_of(page);
	check_errno(hypercall(plugin_op, PLUGINOP_grant, hostile.handle, &w), 0, "grant");
	check_eq(w.offset, 0x7000, "offset of the window");
}

static void with_window(bool on)
{
	hostile.nr_window = on ? PLUGIN_WINDOW_PAGES_MAX : 0;
	escape_created = on ? grant : NULL;
}

static void budgets(void)
{
	ENDLESS(empty);
	ENDLESS(pauses);
	ENDLESS(cpuids);
	ENDLESS(divisions);
	ENDLESS(square_roots);
	ENDLESS(copies);
	ENDLESS(shadows);
	ENDLESS(refused);
	ENDLESS(pause_refused);
	ENDLESS(asked);
	ENDLESS(segments);
	ENDLESS(nothing_times);
	ENDLESS(calls);
	with_window(true);
	ENDLESS(huge_count);
	with_window(false);
	escape_unharmed("budgets");
	escape_row(18, "stopped");
	ENDLESS(split_lock);
	with_window(true);
	ENDLESS(page_split_lock);
	with_window(false);
	ENDLESS(locks);
	ENDLESS(flushes);
	ENDLESS(no_caches);
	escape_unharmed("locks and flushes");
	escape_row(19, "stopped");
}

/* ---- row 21 ---- */

PLUGIN_CODE(give, "movl 4(%esp), %edx; xorl %eax, %eax; movl $0xbad, %ebx; movl %ebx, %ecx\n"
		  "movl %ebx, %esi; movl %ebx, %edi; movl %ebx, %ebp; movl $0x9000, %esp\n"
		  "int $0x81");

static void values(void)
{
	static const u32 words[] = { 0,		 1,	     2,		 3,	     6,
				     0x7fffffff, 0x80000000, 0xc0100000, 0xf5800000, 0xff000000,
				     0xfffffff2, 0xffffffea, 0xffffffff };
	u32 i, value;

	escape_code(give, give_end);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		value = ~words[i];
		check_eq(escape_call(words[i], 0, 0, &value), PLUGIN_STATUS_OK, "status of %x",
			 words[i]);
		check_eq(value, words[i], "value");
	}
	escape_unharmed("values");
	escape_row(21, "harmless: a value is a number, and the status apart from it");
}

/* ---- row 22 ---- */

PLUGIN_CODE(ask_on, "movl 4(%esp), %ebx; 1: movl %ebx, %eax; int $0x81; jmp 1b");

static void quotas(void)
{
	static const u32 numbers[] = { 1,	   31,	       255,	   256,	      0x10007,
				       0x7fffffff, 0x80000007, 0xffffff07, 0xffffffff };
	u32 i, strikes;

	escape_code(ask_on, ask_on_end);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		for (strikes = 1; strikes <= 1000; strikes *= 10) {
			if (plugin_query(hostile.handle).state == PLUGIN_STATE_DEAD)
				escape_code(ask_on, ask_on_end);
			services(1 << 7, strikes);
			check_eq(escape_call(numbers[i], 0, 0, NULL), PLUGIN_STATUS_FORBIDDEN,
				 "service %x, %u strikes", numbers[i], strikes);
			check_eq(plugin_query(hostile.handle).refused, strikes, "refused");
			check_eq(plugin_query(hostile.handle).services, 0, "services");
		}
	escape_unharmed("quotas");
	escape_row(22, "stopped");
}

/* ---- row 23 ---- */

PLUGIN_CODE(ask_once, "movl $7, %eax; int $0x81; movl %edx, %eax; ret");

#define DEEP 1000

static void recursion(void)
{
	static u32 handles[DEEP];
	struct plugin_services s = { .allowed = { 1 << 7 }, .strikes = 1 };
	u32 frames[4], i, k, value;
	struct plugin_create c = {
		.abi = PLUGIN_ABI,
		.start = PLUGIN_ENTRY,
		.nr_text = 1,
		.nr_rodata = 1,
		.nr_data = 1,
		.nr_stack = 1,
		.frames = (u32)frames,
	};
	/* The code has no return address, so it returns through the gate. */
	static const u8 code[] = { 0xb8, 7,    0,    0,
				   0,	 0xcd, 0x81,	     /* mov $7, %eax; int $0x81 */
				   0x31, 0xc0, 0xcd, 0x81 }; /* xor %eax, %eax; int $0x81 */

	escape_code(ask_once, ask_once_end);
	memcpy(hostile.text + 0x40, code, sizeof(code));
	for (i = 0; i < 4; i++)
		frames[i] = frame_of(hostile.text + i * PAGE_SIZE);
	for (i = 0; i < DEEP; i++) {
		handles[i] = (u32)hypercall(plugin_op, PLUGINOP_create, &c);
		if (!check((long)handles[i] > 0, "plugin %u: %d", i, (int)handles[i]))
			return;
		hypercall(plugin_op, PLUGINOP_services, handles[i], &s);
	}
	/*
	 * Each plugin waits for an answer while the next one is called; none can be called
	 * again.
	 */
	for (i = 0; i < DEEP; i++) {
		escape_attacks++;
		check_eq(plugin_invoke(handles[i], PLUGIN_ENTRY, NULL, 0, NULL),
			 PLUGIN_STATUS_SERVICE, "depth %u: status", i);
		for (k = 0; k <= i; k += 1 + i / 4)
			check_errno(plugin_invoke(handles[k], PLUGIN_ENTRY, NULL, 0, NULL),
				    XEN_EBUSY, "depth %u: %u again", i, k);
	}
	for (i = DEEP; i--;) {
		value = 0;
		check_eq(plugin_reply(handles[i], i, 0, &value), 0, "depth %u: its end", i);
		check_eq(value, i, "depth %u: its value", i);
		check_errno(plugin_destroy(handles[i]), 0, "destroy");
	}
	escape_unharmed("recursion");
	escape_row(23, "stopped");
}

/* ---- row 26 ---- */

/* Loops until an event has come, then ends in this way. */
#define THEN(name, text) PLUGIN_CODE(name, "movl 0x3f00, %edx; 1: cmpl 0x3f00, %edx; je 1b\n" text)
THEN(then_return, "movl $0x26, %eax; ret");
THEN(then_fault, "ud2");
THEN(then_service, "movl $7, %eax; int $0x81; movl 0x3f00, %edx; 1: cmpl 0x3f00, %edx; je 1b\n"
		   "movl $0x26, %eax; ret");
THEN(then_forbidden, "movl $200, %eax; int $0x81; ud2");
THEN(then_spin, "1: jmp 1b");

static void interrupted(void)
{
	static const struct {
		const u8 *code, *end;
		u32 status;
	} ways[] = {
		{ then_return, then_return_end, PLUGIN_STATUS_OK },
		{ then_fault, then_fault_end, PLUGIN_STATUS_FAULT },
		{ then_service, then_service_end, PLUGIN_STATUS_OK },
		{ then_forbidden, then_forbidden_end, PLUGIN_STATUS_FORBIDDEN },
		{ then_spin, then_spin_end, PLUGIN_STATUS_TIMEOUT },
	};
	u32 w, n, before, value;
	long status;

	for (w = 0; w < ARRAY_SIZE(ways); w++)
		for (n = 0; n < 8; n++) {
			escape_code(ways[w].code, ways[w].end);
			services(1 << 7, 1);
			hypercall(plugin_op, PLUGINOP_budget, hostile.handle,
				  ways[w].status == PLUGIN_STATUS_TIMEOUT ? 4 * tick_ns / 1000 :
									    5000000);
			before = events;
			/* escape_call() compares all that lies in the guest's frame. */
			status = escape_call(0, 0, 0, &value);
			if (status == PLUGIN_STATUS_SERVICE)
				status = plugin_reply(hostile.handle, 0, 0, &value);
			check_eq(status, ways[w].status, "way %u: status", w);
			if (!status)
				check_eq(value, 0x26, "way %u: value", w);
			check(events > before, "way %u: no event", w);
		}
	escape_unharmed("interrupts");
	escape_row(26, "stopped");
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	escape_init();
	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	tick_ns = plugin_info().tick_us * 1000;
	upcalls_on();
	set_timer(clock_ns() + tick_ns);
	budgets();
	values();
	quotas();
	recursion();
	interrupted();
	report_success();
}
