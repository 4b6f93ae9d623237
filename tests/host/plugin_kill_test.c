// SPDX-License-Identifier: MIT
/*
 * plugin_kill() in every state, and the result of resume and reply for a killed call. A
 * killed plugin is dead at once, not only when destroyed: no global points to it, and it
 * has no FPU image. A paused call ends once, by the command that matches its pause.
 *
 * Cannot tell: that the plugin never runs again; guests/plugin-kill does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>

#include "check.h"

#define HANDLE (3 * PLUGINS_MAX + 5)

/* ---- the rest of the monitor ---- */

u8 monitor_stack[HV_STACK_SIZE], plugin_stack[HV_PLUGIN_STACK_SIZE] __aligned(16);
struct plugin *plugin_slots[PLUGINS_MAX], *regs_owner;
bool trace_on = true;
static const struct regs *recorded;
static u32 records, traced, fpu_forgotten, world_forgotten, traced_eip;
static bool was;
static struct plugin p, other;

void fault_record_killed(struct plugin *killed, const struct regs *r)
{
	CHECK(killed == &p && p.state != PLUGIN_DEAD);
	recorded = r;
	records++;
}

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	CHECK(kind == TRACE_PLUGIN && a == HANDLE && c == PLUGIN_STATUS_KILLED);
	traced_eip = b;
	traced++;
}

void fpu_forget(struct plugin *killed)
{
	CHECK(killed == &p);
	fpu_forgotten++;
}

void world_forget(const struct plugin *killed)
{
	CHECK(killed == &p);
	world_forgotten++;
}

bool plugin_was(u32 handle)
{
	(void)handle;
	return was;
}

/* ---- the test ---- */

static void make(enum plugin_run state)
{
	memset(&p, 0, sizeof(p));
	p.handle = HANDLE;
	p.state = state;
	p.saved.eip = 0x1234;
	other.handle = PLUGINS_MAX + 6;
	plugin_regs->eip = 0x5678;
	plugin_slots[5] = &p;
	plugin_slots[6] = &other;
	records = traced = fpu_forgotten = world_forgotten = 0;
	recorded = NULL;
	regs_owner = NULL;
}

static long resume(enum plugin_run how)
{
	struct regs r = { .ecx = HANDLE, .edx = 99 };
	long result = plugin_not_paused(&r, how);

	CHECK(r.edx == (result == PLUGIN_STATUS_KILLED ? 0 : 99));
	return result;
}

static void killed(const struct regs *regs, u32 eip)
{
	bool paused = p.state == PLUGIN_SUSPENDED || p.state == PLUGIN_WAITING;

	CHECK(plugin_kill(HANDLE) == 0);
	CHECK(p.state == PLUGIN_DEAD);
	CHECK(records == 1 && recorded == regs && traced == 1 && traced_eip == eip);
	CHECK(fpu_forgotten == 1, "the FPU image is kept until destroy");
	CHECK(world_forgotten == 1, "its registers or its space are still named");
	CHECK(p.faults == paused);
	CHECK(plugin_kill(HANDLE) == 0);
	CHECK(records == 1 && p.faults == paused, "killed twice");
}

static void states(void)
{
	make(PLUGIN_READY);
	killed(NULL, 0);
	CHECK(resume(PLUGIN_SUSPENDED) == -EINVAL && resume(PLUGIN_WAITING) == -EINVAL);

	make(PLUGIN_SUSPENDED);
	killed(&p.saved, 0x1234);
	CHECK(resume(PLUGIN_WAITING) == -EINVAL);
	CHECK(resume(PLUGIN_SUSPENDED) == PLUGIN_STATUS_KILLED);
	CHECK(resume(PLUGIN_SUSPENDED) == -EINVAL);

	make(PLUGIN_WAITING);
	regs_owner = &other;
	killed(&p.saved, 0x1234);
	CHECK(resume(PLUGIN_SUSPENDED) == -EINVAL);
	CHECK(resume(PLUGIN_WAITING) == PLUGIN_STATUS_KILLED);
	CHECK(resume(PLUGIN_WAITING) == -EINVAL);

	make(PLUGIN_WAITING);
	regs_owner = &p;
	killed(plugin_regs, 0x5678);

	make(PLUGIN_DEAD);
	CHECK(plugin_kill(HANDLE) == 0);
	CHECK(!records && !traced && !p.faults);
}

static void nobody(void)
{
	make(PLUGIN_FREE);
	CHECK(plugin_kill(HANDLE) == -ENOENT);
	make(PLUGIN_READY);
	CHECK(plugin_kill(HANDLE + PLUGINS_MAX) == -ENOENT);
	CHECK(!records && p.state == PLUGIN_READY);
	p.handle += PLUGINS_MAX;
	was = false;
	CHECK(resume(PLUGIN_WAITING) == -ENOENT);
	was = true;
	CHECK(resume(PLUGIN_WAITING) == PLUGIN_STATUS_KILLED);
}

int main(void)
{
	states();
	nobody();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
