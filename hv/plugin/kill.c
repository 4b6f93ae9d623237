// SPDX-License-Identifier: GPL-2.0-only
/*
 * plugin_op(kill): the plugin never runs again. The guest issues hypercalls only while
 * no plugin runs, so the killed plugin is idle, paused or dead. A paused call is over
 * at once. The guest learns of that when it resumes a suspended call, or replies to a
 * waiting one: that hypercall returns PLUGIN_STATUS_KILLED, once.
 */
#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>

/* Registers of p's paused call, or NULL. */
static const struct regs *paused_regs(const struct plugin *p)
{
	if (p->state != PLUGIN_SUSPENDED && p->state != PLUGIN_WAITING)
		return NULL;
	return regs_owner == p ? plugin_regs : &p->saved;
}

long plugin_kill(u32 handle)
{
	struct plugin *p = plugin_find(handle);
	const struct regs *r;

	if (!p)
		return -ENOENT;
	if (p->state == PLUGIN_DEAD)
		return 0;
	r = paused_regs(p);
	fault_record_killed(p, r);
	trace(TRACE_PLUGIN, handle, r ? r->eip : 0, PLUGIN_STATUS_KILLED);
	if (r) {
		p->faults++;
		p->owed = p->state;
	}
	p->state = PLUGIN_DEAD;
	fpu_forget(p);
	world_forget(p);
	return 0;
}

long plugin_not_paused(struct regs *r, enum plugin_run how)
{
	u32 handle = hcall_arg1(r);
	struct plugin *p = plugin_find(handle);

	if (p) {
		if (p->owed != how)
			return -EINVAL;
		p->owed = OWES_NOTHING;
	} else if (!plugin_was(handle)) {
		return -ENOENT;
	}
	r->edx = 0;
	return PLUGIN_STATUS_KILLED;
}
