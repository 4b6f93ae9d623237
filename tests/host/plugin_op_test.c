// SPDX-License-Identifier: MIT
/*
 * plugin_op: the function and arguments of each command; the mode that results from the
 * machine and the boot option; the results of info, query and budget, and their size.
 *
 * Cannot tell: that the gate fits the mode; guests/plugin-core does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/printk.h>

#include "check.h"
#include "last_page.h"

#define HANDLE (3 * PLUGINS_MAX + 5)
#define NO_AT  (HV_VIRT_START - 3) /* where no word can be read or written */

/* ---- the rest of the monitor ---- */

struct plugin *plugin_slots[PLUGINS_MAX];
u32 plugins_nr = 11, plugins_pages = 15, tick_us = 13;
u32 plugin_store_bytes = 5555, machine_enforces;
enum plugin_mode_option option_plugin_mode;
enum loglevel loglevel = LOG_INFO;
u8 entry_plugin_gate[1], entry_plugin_gate_page[1];
static u32 warnings, began, gate_dpl;
static const void *gate;
static char called[64];

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)fmt;
	warnings += level == LOG_WARN;
}

void idt_gate(unsigned int vector, const void *entry, unsigned int dpl)
{
	CHECK(vector == VEC_PLUGIN);
	gate = entry;
	gate_dpl = dpl;
}

/* Each part is initialised once, in the order of their dependences. */
#define BEGINS(name, number)              \
	void name(void)                   \
	{                                 \
		CHECK(began == (number)); \
		began++;                  \
	}
BEGINS(registry_init, 0)
BEGINS(region_init, 1)
BEGINS(page_dir_init, 2)
BEGINS(world_init, 3)
BEGINS(fpu_init, 4)

void store_init(void *at)
{
	CHECK(!began && (u32)at == HV_PLUGIN_STORE);
}

void store_add(u32 size)
{
	CHECK(!began && size == 5555);
}

u64 us_to_cycles(u32 us)
{
	return us * 1000ull;
}

static long call(const char *name, u32 a, u32 b)
{
	snprintf(called, sizeof(called), "%s %x %x", name, a, b);
	return 99;
}

long plugin_invoke(struct regs *r)
{
	return call("invoke", r->ecx, r->edx);
}

long plugin_resume(struct regs *r)
{
	return call("resume", r->ecx, r->edx);
}

long plugin_reply(struct regs *r)
{
	return call("reply", r->ecx, r->edx);
}

long plugin_create(u32 at)
{
	return call("create", at, 2);
}

long plugin_destroy(u32 handle)
{
	return call("destroy", handle, 2);
}

long plugin_kill(u32 handle)
{
	return call("kill", handle, 2);
}

long plugin_grant(u32 handle, u32 at)
{
	return call("grant", handle, at);
}

long plugin_revoke(u32 handle, u32 offset)
{
	return call("revoke", handle, offset);
}

long plugin_services(u32 handle, u32 at)
{
	return call("services", handle, at);
}

/* ---- the tests ---- */

static long op(u32 command, u32 a, u32 b)
{
	struct regs r = { .ebx = command, .ecx = a, .edx = b };

	called[0] = 0;
	return do_plugin_op(&r);
}

static void commands(void)
{
	static const struct {
		u32 command;
		const char *name;
	} want[] = {
		{ PLUGINOP_invoke, "invoke" },
		{ PLUGINOP_invoke | PLUGINOP_INTERRUPTIBLE, "invoke" },
		{ PLUGINOP_resume, "resume" },
		{ PLUGINOP_resume | PLUGINOP_INTERRUPTIBLE, "resume" },
		{ PLUGINOP_reply, "reply" },
		{ PLUGINOP_reply | PLUGINOP_INTERRUPTIBLE, "reply" },
		{ PLUGINOP_create, "create" },
		{ PLUGINOP_destroy, "destroy" },
		{ PLUGINOP_grant, "grant" },
		{ PLUGINOP_revoke, "revoke" },
		{ PLUGINOP_services, "services" },
		{ PLUGINOP_kill, "kill" },
	};
	char text[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		snprintf(text, sizeof(text), "%s 1 2", want[i].name);
		CHECK(op(want[i].command, 1, 2) == 99, "%x", want[i].command);
		CHECK(!strcmp(called, text), "%x: %s", want[i].command, called);
	}
	CHECK(op(PLUGINOP_kill + 1, 1, 2) == -ENOSYS && op(~0u, 1, 2) == -ENOSYS);
	CHECK(op(PLUGINOP_create | PLUGINOP_INTERRUPTIBLE, 1, 2) == -ENOSYS);
	CHECK(op(PLUGINOP_invoke | 0x40000000, 1, 2) == -ENOSYS && !called[0]);
}

static void modes(void)
{
	static const struct {
		enum plugin_mode_option option;
		bool limits;
		u32 mode, warnings;
	} want[] = {
		{ MODE_AUTO, true, PLUGIN_MODE_SEGMENT, 0 },
		{ MODE_AUTO, false, PLUGIN_MODE_PAGE, 0 },
		{ MODE_SEGMENT, true, PLUGIN_MODE_SEGMENT, 0 },
		{ MODE_SEGMENT, false, PLUGIN_MODE_PAGE, 1 },
		{ MODE_PAGE, true, PLUGIN_MODE_PAGE, 0 },
		{ MODE_PAGE, false, PLUGIN_MODE_PAGE, 0 },
		{ MODE_UNGUARDED, true, PLUGIN_MODE_SEGMENT, 0 },
		{ MODE_UNGUARDED, false, PLUGIN_MODE_UNGUARDED, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		bool page = want[i].mode == PLUGIN_MODE_PAGE;

		option_plugin_mode = want[i].option;
		machine_enforces = want[i].limits ? PLUGIN_ENFORCES_LIMIT : ~PLUGIN_ENFORCES_LIMIT;
		warnings = began = 0;
		plugin_init();
		CHECK(plugin_mode == want[i].mode, "row %u: %u", i, plugin_mode);
		CHECK(warnings == want[i].warnings && began == 5, "row %u", i);
		CHECK(gate == (page ? entry_plugin_gate_page : entry_plugin_gate), "row %u", i);
		CHECK(gate_dpl == (page ? 3 : 2), "row %u", i);
	}
}

static struct plugin p;

static void make(void)
{
	p = (struct plugin){
		.handle = HANDLE,
		.state = PLUGIN_READY,
		.text_size = 2 * PAGE_SIZE,
		.stack_end = 10 * PAGE_SIZE,
		.end = 15 * PAGE_SIZE,
		.budget_us = 1000,
		.budget = 1000000,
		.left = 1000000,
		.calls = 21,
		.faults = 22,
		.nr_text = 2,
		.nr_rodata = 1,
		.nr_data = 3,
		.nr_stack = 2,
		.nr_window = 4,
		.windows = 1,
		.services = 23,
		.refused = 24,
		.fault = { .status = PLUGIN_STATUS_FAULT, .call = 25 },
	};
	plugin_slots[PLUGIN_SLOT(HANDLE)] = &p;
}

/* No more bytes of the answer are written than the caller's size says. */
static void room(u32 command, u32 a, u32 size, u32 *at)
{
	u32 rooms[] = { 0, 4, 7, 8, 12, size - 4, size, size + 4, ~0u }, i, n;

	for (i = 0; i < ARRAY_SIZE(rooms); i++) {
		u32 filled = MIN(rooms[i], size);

		memset(at, 0xee, size + 8);
		at[0] = rooms[i];
		if (rooms[i] < 8) {
			CHECK(op(command, a ?: (u32)at, (u32)at) == -EINVAL);
			filled = 4;
		} else {
			CHECK(op(command, a ?: (u32)at, (u32)at) == 0);
			CHECK(at[0] == filled, "room of %u: %u", rooms[i], at[0]);
		}
		for (n = 1; n < size / 4 + 2; n++)
			CHECK((at[n] == 0xeeeeeeee) == (n * 4 >= filled), "room of %u: word %u",
			      rooms[i], n);
	}
	at[0] = 4; /* must not be used when the next size cannot be read */
	CHECK(op(command, a ?: (u32)at, (u32)at) == -EINVAL);
	CHECK(op(command, a ?: NO_AT, NO_AT) == -EFAULT);
	/* The size can be read from the last word of the guest's space, the rest not written. */
	*(u32 *)(HV_VIRT_START - 4) = size;
	CHECK(op(command, a ?: HV_VIRT_START - 4, HV_VIRT_START - 4) == -EFAULT);
}

static void info(void)
{
	static struct {
		struct plugin_info info;
		u32 behind[2];
	} i;

	room(PLUGINOP_info, 0, sizeof(i.info), &i.info.size);
	i.info.size = sizeof(i.info);
	CHECK(op(PLUGINOP_info, (u32)&i, 0) == 0);
	CHECK(i.info.abi == PLUGIN_ABI && i.info.mode == plugin_mode);
	CHECK(i.info.enforces == machine_enforces && i.info.tick_us == 13);
	CHECK(i.info.budget_us == PLUGIN_BUDGET_DEFAULT && i.info.plugins == 11);
	CHECK(i.info.plugins_max == PLUGINS_MAX);
	CHECK(i.info.pages_free == PLUGIN_STORE_MAX / 8 - 15);
}

static void query(void)
{
	static const u32 states[] = {
		[PLUGIN_READY] = PLUGIN_STATE_IDLE,
		[PLUGIN_SUSPENDED] = PLUGIN_STATE_BUSY,
		[PLUGIN_WAITING] = PLUGIN_STATE_BUSY,
		[PLUGIN_DEAD] = PLUGIN_STATE_DEAD,
	};
	static struct {
		struct plugin_query q;
		u32 behind[2];
	} a;
	u32 state;

	make();
	room(PLUGINOP_query, HANDLE, sizeof(a.q), &a.q.size);
	for (state = PLUGIN_READY; state <= PLUGIN_DEAD; state++) {
		p.state = state;
		a.q.size = sizeof(a.q);
		CHECK(op(PLUGINOP_query, HANDLE, (u32)&a) == 0 && a.q.state == states[state]);
	}
	CHECK(a.q.mode == plugin_mode && a.q.text_limit == 3 * PAGE_SIZE - 1);
	CHECK(a.q.data_limit == 15 * PAGE_SIZE - 1 && a.q.rodata == 3 * PAGE_SIZE);
	CHECK(a.q.data == 4 * PAGE_SIZE && a.q.stack == 8 * PAGE_SIZE);
	CHECK(a.q.budget_us == 1000 && a.q.calls == 21 && a.q.faults == 22);
	CHECK(a.q.window == 11 * PAGE_SIZE && a.q.windows == 1);
	CHECK(a.q.services == 23 && a.q.refused == 24);
	CHECK(a.q.fault.status == PLUGIN_STATUS_FAULT && a.q.fault.call == 25);
	p.nr_window = 0;
	CHECK(op(PLUGINOP_query, HANDLE, (u32)&a) == 0 && a.q.window == 0);
	CHECK(op(PLUGINOP_query, HANDLE + PLUGINS_MAX, (u32)&a) == -ENOENT);
	p.state = PLUGIN_FREE;
	CHECK(op(PLUGINOP_query, HANDLE, (u32)&a) == -ENOENT);
}

static void budget(void)
{
	static const u32 bad[] = { 0, PLUGIN_BUDGET_MAX + 1, ~0u };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		make();
		CHECK(op(PLUGINOP_budget, HANDLE, bad[i]) == -EINVAL, "%u us", bad[i]);
		CHECK(p.budget_us == 1000 && p.budget == 1000000 && p.left == 1000000);
	}
	CHECK(op(PLUGINOP_budget, HANDLE + PLUGINS_MAX, 1) == -ENOENT);
	/* A change of the budget leaves the time that a call under way has used. */
	p.left = 400000;
	CHECK(op(PLUGINOP_budget, HANDLE, PLUGIN_BUDGET_MAX) == 0);
	CHECK(p.budget_us == PLUGIN_BUDGET_MAX && p.budget == PLUGIN_BUDGET_MAX * 1000ull);
	CHECK(p.left == (s64)p.budget - 600000);
	CHECK(op(PLUGINOP_budget, HANDLE, 1) == 0);
	CHECK(p.budget_us == 1 && p.budget == 1000 && p.left == 1000 - 600000);
}

int main(void)
{
	last_page_map(PAGE_SIZE);
	commands();
	modes();
	info();
	query();
	budget();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
