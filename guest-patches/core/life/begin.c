// SPDX-License-Identifier: GPL-2.0-only
/* The begin of a call that has to be checked, or has to wait for the caller's turn. */
#include "life/run.h"
#include "life/target.h"
#include "life/turn.h"

struct core_run *core_runs[CORE_RUNS];

#define TRY_LATER 1

uint32_t core_depth(void)
{
	uintptr_t caller = port_caller();
	const struct core_run *run;
	uint32_t depth = 0;

	for (run = *core_caller_bucket(caller); run; run = run->same_caller_hash)
		depth += run->caller == caller;
	return depth;
}

/*
 * With the lock: set the entry of the call. A name is looked up in @plugin each time the
 * caller tries, as another plugin may have taken the plugin's name since.
 */
static int choose_entry(const struct core_call *call, struct core_plugin *plugin,
			struct core_run *run, struct core_reason *why)
{
	const struct plg_entry *entry;

	if (call->target) {
		run->entry = call->target->offset;
		run->entry_name = call->target->entry;
		return 0;
	}
	entry = core_find_entry(plugin, call->entry);
	if (!entry)
		return core_refuse_entry(plugin, call->entry, why);
	run->entry = entry->offset;
	run->entry_name = entry->name;
	return 0;
}

/*
 * With the lock: begin the call, also of a DEAD plugin. 0, TRY_LATER (the caller is to wait
 * for its turn) or an errno.
 */
static int try_begin(const struct core_call *call, const struct core_turn *turn,
		     struct core_run *run, struct core_reason *why)
{
	uint32_t depth = core_depth();
	struct core_plugin *plugin = turn->plugin;
	bool can_wait = !call->atomic && !call->hooks && !depth;
	bool busy = plugin->state == CORE_BUSY || plugin->state == CORE_UNLOADING;
	int err;

	if (core_is_stale(plugin, call->target))
		return core_refuse_stale(plugin, why);
	if (plugin->state == CORE_LOADING || (busy && !can_wait))
		return core_refuse_busy(plugin, why);
	err = choose_entry(call, plugin, run, why);
	if (err)
		return err;
	if (!call->atomic && port_is_dying())
		return core_refuse(why, -EINTR,
				   "plugin %s was not called: the caller is being killed by a "
				   "signal",
				   plugin->name);
	if (depth >= CORE_DEPTH_MAX)
		return core_refuse(why, -ELOOP,
				   "plugin %s was not called: %u calls are under way, each made "
				   "for a plugin in another; call fewer from services",
				   plugin->name, depth);
	if (can_wait && (busy || !core_is_first(turn)))
		return TRY_LATER;
	core_name_caller(run);
	core_begin_run(call, run, plugin);
	return 0;
}

/* With the lock: a fatal signal has ended the wait. */
static int refuse_wait(const struct core_plugin *plugin, int err, struct core_reason *why)
{
	return core_refuse(why, err,
			   "plugin %.40s is %s, and the caller gave up to wait: try again",
			   plugin->name,
			   plugin->state == CORE_UNLOADING ? "unloading" : "running for another");
}

/*
 * A caller that has waited wakes the others at the end, as another caller may be first in the
 * queue now.
 */
int core_await_run(const struct core_call *call, struct core_run *run, struct core_reason *why)
{
	struct core_turn turn = { .by_name = !call->target };
	struct core_plugin *dropped = NULL;
	bool waited = false;
	int err;

	for (;;) {
		err = core_take_turn(&turn, call, &dropped, why);
		if (dropped) { /* to free it may sleep, so not when the call has begun */
			port_unlock();
			core_free_plugin(dropped);
			dropped = NULL;
			port_lock();
			continue;
		}
		if (!err)
			err = try_begin(call, &turn, run, why);
		if (err != TRY_LATER)
			break;
		if (!turn.queued)
			core_enqueue(&turn);
		waited = true;
		port_unlock();
		err = port_wait(core_is_turn, &turn);
		port_lock();
		if (!err)
			continue;
		refuse_wait(turn.plugin, err, why);
		break;
	}
	if (turn.queued)
		core_dequeue(&turn);
	if (err && turn.plugin && core_release(turn.plugin))
		dropped = turn.plugin;
	port_unlock();
	if (dropped)
		core_free_plugin(dropped);
	if (waited)
		port_wake();
	return err;
}

int core_await_idle(struct core_plugin *plugin, struct core_reason *why)
{
	struct core_turn turn = { .plugin = plugin };
	int err = 0;

	if (plugin->state != CORE_BUSY)
		return 0;
	if (core_depth())
		return core_refuse_busy(plugin, why);
	core_enqueue(&turn);
	while (!err && plugin->state == CORE_BUSY) {
		port_unlock();
		err = port_wait(core_is_turn, &turn);
		port_lock();
	}
	core_dequeue(&turn);
	return err ? refuse_wait(plugin, err, why) : 0;
}
