// SPDX-License-Identifier: MIT
/* Events and time while a plugin waits for an answer. */
#include "service.h"

/* Sets the word at 3004, and waits until the word at 3000 is at least the argument. */
PLUGIN_CODE(wait, "movl $1, 0x3004\n"
		  "1: movl 4(%esp), %eax; cmpl %eax, 0x3000; jb 1b; ret");
/* Requests a service for ever, each time after spinning the given cycles. */
PLUGIN_CODE(ask_slowly, "1: rdtsc; movl %eax, %ecx\n"
			"2: rdtsc; subl %ecx, %eax; cmpl 8(%esp), %eax; jb 2b\n"
			"movl 4(%esp), %eax; int $0x81; jmp 1b");
PLUGIN_CODE(ask_ever, "1: movl 4(%esp), %eax; int $0x81; jmp 1b");

static u32 tick_ns;
static volatile u32 events, events_in_b;
static void (*volatile in_event)(void);

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	events++;
	events_in_b += word(&b, 4);
	++*(volatile u32 *)b.data;
	if (in_event)
		in_event();
}

static void next_event(void (*what)(void))
{
	in_event = what;
	events = 0;
	check_errno(set_timer(clock_ns() + tick_ns), 0, "set_timer_op");
}

static void await_event(void)
{
	u64 end = clock_ns() + MS(2000);

	while (!events && clock_ns() < end)
		continue;
	check(events, "no event");
}

static void ask_another(void)
{
	struct plugin_request before = plugin_request;
	u32 value = 0;

	check_eq(plugin_call(&b, 0, 0, &value), 0, "in an event: status");
	check_eq(value, 0, "in an event: value");
	plugin_request = before;
}

static void destroy_a(void)
{
	check_errno(plugin_destroy(a.handle), 0, "destroy in an event");
}

/*
 * Suspends b: calls b with an event to come, until an event came while b ran. On a busy host
 * an event may come before the call begins; the call then returns at once.
 */
static void suspend_b(void)
{
	u32 value = 0, wanted, tries;

	events_in_b = 0;
	for (tries = 0; !events_in_b && tries < 10000; tries++) {
		((volatile u32 *)b.data)[1] = 0;
		wanted = word(&b, 0) + 1;
		next_event(NULL);
		check_eq(plugin_call(&b, wanted, 0, &value), 0, "suspended one: status");
		check_eq(events, 1, "events");
		((volatile u32 *)b.data)[1] = 0;
	}
	check(events_in_b, "no event came while the other ran");
}

static void with_events(void)
{
	u32 value = 0, old;

	/* Events while a waits, also one whose handler calls another plugin. */
	plugin_remake(&a, ask, ask_end);
	plugin_remake(&b, wait, wait_end);
	allow(&a, ~0u, 1);
	asks("event", &a, 5);
	next_event(ask_another);
	await_event();
	answered("event", &a);

	/* b is suspended while a waits. */
	asks("other suspended", &a, 6);
	suspend_b();
	answered("other suspended", &a);

	/* An event is pending when the request is made: the event is delivered first. */
	upcalls_off();
	next_event(NULL);
	clock_spin(3 * tick_ns);
	asks("pending", &a, 7);
	check_eq(events, 0, "events while masked");
	upcalls_on();
	check_eq(events, 1, "events after it");
	answered("pending", &a);

	/* b itself is interrupted before and after its requests, in the same call. */
	plugin_remake(&b, ask_times, ask_times_end);
	allow(&b, ~0u, 1);
	check_eq(plugin_call(&b, 1, 1000, NULL), PLUGIN_STATUS_SERVICE, "times: status");
	for (old = 0; old < 999; old++) {
		if (old % 100 == 0)
			next_event(NULL);
		if (plugin_reply(b.handle, 0, 0, NULL) != PLUGIN_STATUS_SERVICE)
			break;
	}
	check_eq(old, 999, "services of one call");
	check_eq(plugin_reply(b.handle, 0, 0, &value), 0, "its end");
	check_eq(value, 1000, "answers it got");

	asks("destroyed", &a, 8);
	old = a.handle;
	next_event(destroy_a);
	await_event();
	in_event = NULL;
	check_eq(plugin_reply(old, 0, 0, &value), PLUGIN_STATUS_KILLED, "destroyed: reply");
	require(plugin_create(&a, 0) > 0, "create: %ld", a.handle);
}

/*
 * The time between services is charged even if no tick comes while the plugin runs: a tenth
 * of a tick each time, up to a budget of two ticks.
 */
static void adds_up(void)
{
	u64 start = rdtsc();
	u32 cycles, services;
	long status;

	clock_spin(tick_ns);
	cycles = (u32)(rdtsc() - start) / 10;
	plugin_remake(&a, ask_slowly, ask_slowly_end);
	allow(&a, ~0u, 1);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, tick_ns / 500), 0, "budget");
	status = plugin_call(&a, 1, cycles, NULL);
	for (services = 0; status == PLUGIN_STATUS_SERVICE && services < 1000; services++)
		status = plugin_reply(a.handle, 0, 0, NULL);
	check_eq(status, PLUGIN_STATUS_TIMEOUT, "a tenth of a tick each: status");
	check(services <= 21, "a tenth of a tick each: stopped after %u services", services);
	print("a tenth of a tick each: stopped after %u of them\n", services);
}

static void time(void)
{
	u32 value = 0, services;
	long status;
	u64 start;

	/* The guest's time is not the plugin's. */
	plugin_remake(&a, ask, ask_end);
	allow(&a, ~0u, 1);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 20000), 0, "budget");
	asks("long service", &a, 5);
	clock_spin(MS(60));
	answered("long service", &a);

	plugin_remake(&a, ask_ever, ask_ever_end);
	allow(&a, ~0u, 1);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 20000), 0, "budget");
	start = clock_ns();
	status = plugin_call(&a, 1, 0, NULL);
	for (services = 0; status == PLUGIN_STATUS_SERVICE; services++) {
		if (clock_ns() - start > MS(15000))
			break;
		status = plugin_reply(a.handle, 0, 0, &value);
	}
	check_eq(status, PLUGIN_STATUS_TIMEOUT, "services for ever");
	check_eq(plugin_query(a.handle).fault.vector, 32, "vector");
	check(services > 1, "stopped after %u services", services);
	print("services for ever: stopped after %u of them\n", services);

	plugin_remake(&a, ask_ever, ask_ever_end);
	allow(&a, 0, ~0u);
	check_errno(hypercall(plugin_op, PLUGINOP_budget, a.handle, 10000), 0, "budget");
	check_eq(plugin_call(&a, 1, 0, NULL), PLUGIN_STATUS_TIMEOUT, "refusals for ever");
	print("refusals for ever: stopped after %u of them\n", plugin_query(a.handle).refused);
}

void pauses(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	tick_ns = plugin_info().tick_us * 1000;
	upcalls_on();
	with_events();
	adds_up();
	time();
	upcalls_off();
}
