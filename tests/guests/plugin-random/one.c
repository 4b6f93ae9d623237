// SPDX-License-Identifier: MIT
/*
 * Owns the plugin of a turn: its pages, windows and services, its call, and the
 * timer events that arrive in the middle of it.
 */
#include "random.h"

PLUGIN_CODE(count, "incl 0x3000; movl 0x3000, %eax; ret");

struct test_plugin bad, bystander;
u8 *shared;
bool shared_writable;
u32 events, interrupted, counted;

static u32 window_offset;
static bool window;

/* During the call the guest calls another plugin, and revokes the window. */
static void on_timer(u32 port, struct regs *regs)
{
	u32 value;

	(void)port;
	events++;
	if (regs->ebx == PLUGINOP_resume && regs->ecx == (u32)bad.handle)
		interrupted++;
	if (one_in(2)) {
		check_eq(plugin_call(&bystander, 0, 0, &value), 0,
			 "the other plugin, from an event");
		check_eq(value, ++counted, "its value");
	}
	if (window && one_in(4)) {
		check_errno(hypercall(plugin_op, PLUGINOP_revoke, bad.handle, window_offset), 0,
			    "revoke from an event");
		window = false;
	}
}

void one_init(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle((u32)port, on_timer);
	event_unmask((u32)port);
	upcalls_on();
	shared = page_alloc();
	plugin_make(&bystander, count, count_end);
	plugin_pages(&bad, 1, 1, 1, 1);
	bad.nr_window = 2;
}

static void give_window(void)
{
	u32 frame = frame_of(shared);
	struct plugin_window w = { .frames = (u32)&frame, .nr = 1, .flags = rnd() & 1 };

	window = check_errno(hypercall(plugin_op, PLUGINOP_grant, bad.handle, &w), 0, "grant");
	window_offset = w.offset;
	shared_writable = w.flags;
}

static void allow_services(void)
{
	struct plugin_services s = { .allowed = { 6 | (rnd() & 8) }, .strikes = 1 + below(8) };

	check_errno(hypercall(plugin_op, PLUGINOP_services, bad.handle, &s), 0, "services");
}

void one_make(void)
{
	u32 i;

	fill_text(bad.text);
	/* The plugin's data must not depend on earlier turns. */
	memset(bad.data, 0, PAGE_SIZE);
	memset(bad.stack, 0, PAGE_SIZE);
	for (i = 0; i < 16; i++)
		((u32 *)bad.data)[below(PAGE_SIZE / 4)] = rnd();
	window = shared_writable = false;
	require(plugin_create(&bad, one_in(2) ? 2000 : 10000) > 0, "create: %ld", bad.handle);
	if (one_in(3))
		give_window();
	if (one_in(2))
		allow_services();
	if (one_in(2))
		set_timer(clock_ns() + below(4000000));
}

long one_call(void)
{
	u32 args[6], value, i;
	long status;

	for (i = 0; i < 6; i++)
		args[i] = rnd() & 1 ? rnd() : 0x3000 + (rnd() & 0xfff);
	harm_before();
	status = plugin_invoke(bad.handle, PLUGIN_ENTRY, args, 6, &value);
	/* A plugin that asks again and again is left waiting, and destroyed so. */
	for (i = 0; status == PLUGIN_STATUS_SERVICE && i < 20; i++) {
		check(plugin_request.nr >= 1 && plugin_request.nr <= 3, "service %u",
		      plugin_request.nr);
		status = plugin_reply(bad.handle, rnd(), rnd(), &value);
	}
	set_timer(0);
	return status;
}
