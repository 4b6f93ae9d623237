/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that are under way, for begin.c, call.c and graft/ask.c. The lock is held for all functions
 * but core_go_on() and core_conclude().
 */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include "life/life.h"

/* A call that is under way, on its caller's stack. */
struct core_run {
	struct core_run *same_caller_hash; /* next in the bucket */
	uintptr_t caller;
	struct core_run **bucket;   /* of the caller */
	struct core_plugin *plugin; /* a reference */
	uint32_t entry;		    /* offset in text */
	const char *entry_name;
	void *what;	     /* for the hooks of the call */
	int err;	     /* of the window, for which the plugin was not called; or 0 */
	bool paused;	     /* by an event or a request; else all cycles since the begin count */
	uint64_t cpu;	     /* if paused: cycles in the plugin that are not in its `used` yet */
	bool dead;	     /* the plugin was DEAD before the call */
	bool masked;	     /* no other task runs until the end, see graft/point.h */
	enum port_bars bars; /* if masked: what port_mask() has returned */
};

#define CORE_RUNS 1024u
extern struct core_run *core_runs[CORE_RUNS]; /* by a hash of the caller */

static inline struct core_run **core_caller_bucket(uintptr_t caller)
{
	return &core_runs[((uint32_t)caller * 2654435761u) >> 22];
}

_Static_assert(CORE_RUNS == 1u << (32 - 22), "the hash is an index");

/* A limit of @us in this call. */
static inline uint32_t core_call_limit(const struct core_call *call, uint32_t us)
{
	if (call->atomic && us > CORE_ATOMIC_US)
		return CORE_ATOMIC_US;
	return us;
}

static inline void core_name_caller(struct core_run *run)
{
	run->caller = port_caller();
	run->bucket = core_caller_bucket(run->caller);
}

/* Make the plugin BUSY for this call, whose caller is named. */
static inline void core_begin_run(const struct core_call *call, struct core_run *run,
				  struct core_plugin *plugin)
{
	run->plugin = plugin;
	run->paused = false;
	run->dead = plugin->state == CORE_DEAD;
	run->masked = plugin->grafts;
	if (run->masked)
		run->bars = port_mask(plugin->bars);
	run->same_caller_hash = *run->bucket;
	*run->bucket = run;
	plugin->state = CORE_BUSY;
	plugin->caller = run->caller;
	plugin->began = port_clock();
	plugin->call_budget_us = core_call_limit(call, plugin->budget_us);
}

/* Can the call of a target begin without any of the checks of try_begin()? Names the caller. */
static inline bool core_is_free(const struct core_call *call, struct core_run *run)
{
	const struct core_plugin *plugin;

	if (!call->target)
		return false;
	plugin = call->target->plugin;
	core_name_caller(run);
	return plugin->state == CORE_IDLE && !plugin->turns && !plugin->nameless && !*run->bucket &&
	       (call->atomic || !port_is_dying());
}

/* Begin the call, for which core_is_free() is true. The lock is released. */
static inline void core_begin_at_once(const struct core_call *call, struct core_run *run)
{
	run->entry = call->target->offset;
	run->entry_name = call->target->entry;
	call->target->plugin->refs++;
	core_begin_run(call, run, call->target->plugin);
	port_unlock();
}

/* The call is over. Take it off the list, and charge its time to the plugin. */
static inline void core_leave(struct core_run *run)
{
	struct core_plugin *plugin = run->plugin;
	uint64_t took = port_clock() - plugin->began;
	struct core_run **link;

	for (link = run->bucket; *link != run; link = &(*link)->same_caller_hash)
		;
	*link = run->same_caller_hash;
	plugin->caller = 0;
	plugin->used.wall += took;
	if (unlikely(run->paused))
		took = run->cpu;
	plugin->used.cpu += took;
}

/* Is there nothing to do at the end of a call that has returned but to end its part in a transaction? */
static inline bool core_returns_at_once(const struct core_plugin *plugin)
{
	return plugin->state == CORE_BUSY && !plugin->killed && !plugin->turns;
}

/* Not even that? */
static inline bool core_ends_at_once(const struct core_plugin *plugin)
{
	return core_returns_at_once(plugin) && !plugin->part.of;
}

/* The call is over with PLUGIN_STATUS_OK, and core_ends_at_once() is true of its plugin. */
static inline void core_end_at_once(struct core_run *run)
{
	core_leave(run);
	run->plugin->calls++;
	run->plugin->refs--; /* the lists hold another */
	run->plugin->state = CORE_IDLE;
}

/*
 * Invoke has returned @status, other than PLUGIN_STATUS_OK, and @answer: answer requests and
 * resume after events until the call ends. @mark was set before, unless the call is masked: all
 * time since its begin is its own. Returns the call's PLUGIN_STATUS_*, or the monitor's errno if
 * the call did not begin.
 */
long core_go_on(struct core_run *run, const struct core_call *call, long status,
		struct port_answer *answer, struct port_mark *mark);

/*
 * The call is over, and result->refusal is what the check of its answer said: end it, and have its
 * hooks count. Returns run->err or refuses.
 */
int core_conclude(struct core_run *run, const struct core_call *call, long status, uint32_t value,
		  struct core_result *result, struct core_reason *why);

/*
 * Begin the call, and wait for the caller's turn before if the plugin runs. The lock is
 * released, also on an errno.
 */
int core_await_run(const struct core_call *call, struct core_run *run, struct core_reason *why);

/*
 * Wait until no call of the plugin, on which the caller has a reference, is under way. The lock
 * is released meanwhile, so the plugin may have been unloaded. The caller calls port_wake()
 * after it has released the lock, as others may wait behind this caller. 0; -EBUSY: the caller
 * has calls under way itself; -EINTR.
 */
int core_await_idle(struct core_plugin *plugin, struct core_reason *why);

#endif /* CORE_RUN_H */
