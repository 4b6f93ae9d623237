// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end that the guest makes: a plugin that is killed never runs again. The
 * guest can only ask while it runs itself, so the plugin does not; a call of it
 * that is paused is over at once, and the guest hears so (PLUGIN_STATUS_KILLED)
 * when it comes to go on with it: once, and in the way it was paused.
 */
#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>

static const struct regs *paused_frame(const struct plugin *p)
{
	if (p->state != PLUGIN_SUSPENDED && p->state != PLUGIN_WAITING)
		return NULL;
	return frame_owner == p ? plugin_frame : &p->saved;
}

long plugin_kill(u32 handle)
{
	struct plugin *p = plugin_find(handle);
	const struct regs *r;

	if (!p)
		return -ENOENT;
	if (p->state == PLUGIN_DEAD)
		return 0;
	r = paused_frame(p);
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

/* Somebody wants to go on with a call that is not paused as `how`. */
long plugin_not_paused(struct regs *r, enum plugin_run how)
{
	u32 handle = hcall_arg1(r);
	struct plugin *p = plugin_find(handle);

	if (p) {
		if (p->owed != how)
			return -EINVAL;
		p->owed = PLUGIN_FREE;
	} else if (!plugin_was(handle)) {
		return -ENOENT;
	}
	r->edx = 0;
	return PLUGIN_STATUS_KILLED;
}
