// SPDX-License-Identifier: MIT
/*
 * Claim: more plugins can exist than the monitor has linear space to map at once. In
 * segment mode a plugin that runs takes the place of others in the region, and none of
 * them notices: text, data, windows and paused calls are as they were, a plugin sees no
 * page of the plugin whose place it has taken, and a window granted or revoked while the
 * plugin is not mapped is there, or is not, when the plugin runs again.
 *
 * Provoked by: sixteen plugins with so much room for windows that twelve fit, called in
 * turns, all paused at once, destroyed while mapped and while not.
 *
 * In page mode each plugin is mapped at the same place, so that the claim holds of every
 * switch. Cannot tell: in which order plugins lose their places (host/plugin_region_test).
 */
#include <lib/plugin.h>
#include <lib/test.h>

#define PLUGINS	 16u
#define ROOM	 2030u
#define WINDOW	 0x7000u /* offset of the room: text, rodata, data, guard, stack, guard */
#define VALUE(n) (0x1000000u * ((n) + 1))

/* Counts its calls at 0x3000, and returns the count plus the word at the argument. */
PLUGIN_CODE(count, "movl 4(%esp), %ecx; incl 0x3000; movl (%ecx), %eax; addl 0x3000, %eax; ret");
/* The same, but requests service 1 before it reads the word. */
PLUGIN_CODE(ask, "incl 0x3000; movl $1, %eax; int $0x81\n"
		 "movl 4(%esp), %ecx; movl (%ecx), %eax; addl 0x3000, %eax; ret");

static struct test_plugin p[PLUGINS];
static u8 *word[PLUGINS]; /* the page that plugin n has as a window */
static u32 calls[PLUGINS];

static void make(u32 n, const u8 *code, const u8 *end)
{
	struct plugin_services s = { .allowed = { 1u << 1 }, .strikes = 1 };

	p[n].nr_window = ROOM;
	if (p[n].text)
		plugin_remake(&p[n], code, end);
	else
		plugin_make(&p[n], code, end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, p[n].handle, &s), 0, "services");
	calls[n] = 0;
}

static void grant(u32 n)
{
	u32 frame = frame_of(word[n]);
	struct plugin_window w = { (u32)&frame, 1, 0, 0 };

	check_errno(hypercall(plugin_op, PLUGINOP_grant, p[n].handle, &w), 0, "%u: grant", n);
	check_eq(w.offset, WINDOW, "%u: offset", n);
}

static void revoke(u32 n)
{
	check_errno(hypercall(plugin_op, PLUGINOP_revoke, p[n].handle, WINDOW), 0, "%u: revoke", n);
}

static void call(u32 n)
{
	u32 value = 0;

	check_eq(plugin_call(&p[n], WINDOW, 0, &value), 0, "%u: status", n);
	check_eq(value, VALUE(n) + ++calls[n], "%u: value", n);
}

static void begin(u32 n)
{
	check_eq(plugin_call(&p[n], WINDOW, 0, NULL), PLUGIN_STATUS_SERVICE, "%u: begin", n);
}

static void end(u32 n)
{
	u32 value = 0;

	check_eq(plugin_reply(p[n].handle, 0, 0, &value), 0, "%u: end", n);
	check_eq(value, VALUE(n) + ++calls[n], "%u: value at the end", n);
}

/* Calls all plugins but n, so that n is mapped no more. */
static void push_out(u32 n)
{
	u32 i;

	for (i = 0; i < PLUGINS; i++)
		if (i != n)
			call(i);
}

static void in_turns(void)
{
	u32 i, at;

	for (i = 0; i < 3 * PLUGINS; i++)
		call(i % PLUGINS);
	for (i = at = 0; i < 5 * PLUGINS; i++, at = (at * 5 + 3) % PLUGINS)
		call(at);
	for (i = 3 * PLUGINS; i--;)
		call(i % 13);
}

static void all_paused(void)
{
	u32 i;

	for (i = 0; i < PLUGINS; i++)
		make(i, ask, ask_end);
	for (i = 0; i < PLUGINS; i++)
		grant(i);
	for (i = 0; i < PLUGINS; i++)
		begin(i);
	for (i = 0; i < PLUGINS; i++)
		end(i * 7 % PLUGINS);
	for (i = 0; i < PLUGINS; i++)
		begin(i);
	for (i = PLUGINS; i--;)
		end(i);
}

static void windows(void)
{
	struct plugin_fault f;
	u32 n;

	for (n = 0; n < PLUGINS; n += 5) {
		push_out(n);
		revoke(n);
		check_eq(plugin_call(&p[n], WINDOW, 0, NULL), PLUGIN_STATUS_FAULT,
			 "%u: revoked while not mapped", n);
		f = plugin_query(p[n].handle).fault;
		check_eq(f.vector, 14, "%u: vector", n);
		check_eq(f.address, WINDOW, "%u: address", n);
		make(n, count, count_end);
		grant(n); /* mapped nowhere yet */
		call(n);
		revoke(n); /* mapped */
		check_eq(plugin_call(&p[n], WINDOW, 0, NULL), PLUGIN_STATUS_FAULT,
			 "%u: revoked while mapped", n);
		make(n, count, count_end);
		grant(n);
		call(n);
		push_out(n);
		call(n);
	}
}

/* Plugins are destroyed in and out of the region, and others take slots and places. */
static void destroyed(void)
{
	u32 i;

	for (i = 0; i < PLUGINS; i += 3) {
		check_errno(plugin_destroy(p[i].handle), 0, "%u: destroy", i);
		check_errno(plugin_create(&p[i], 0) > 0 ? 0 : 1, 0, "%u: create", i);
		*(u32 *)p[i].data = calls[i] = 0;
		grant(i);
	}
	in_turns();
}

void test_main(void)
{
	struct plugin_info before = plugin_info(), now;
	u32 i;

	for (i = 0; i < PLUGINS; i++) {
		word[i] = page_alloc();
		*(u32 *)word[i] = VALUE(i);
		make(i, count, count_end);
		grant(i);
	}
	in_turns();
	windows();
	destroyed();
	all_paused();
	for (i = 0; i < PLUGINS; i++)
		check_errno(plugin_destroy(p[i].handle), 0, "%u: destroy", i);
	now = plugin_info();
	check_eq(now.plugins, before.plugins, "plugins at last");
	check_eq(now.pages_free, before.pages_free, "pages at last");
	report_success();
}
