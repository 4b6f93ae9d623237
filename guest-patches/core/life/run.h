/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that are under way, for begin.c and call.c. The lock is held for all functions. */
#ifndef CORE_RUN_H
#define CORE_RUN_H

#include "life/life.h"

/* A call that is under way, on its caller's stack. */
struct core_run {
	struct core_run *same_caller_hash; /* next in the bucket of the caller */
	uintptr_t caller;
	struct core_plugin *plugin; /* a reference */
	uint32_t entry;		    /* offset in text */
	const char *entry_name;
	void *what;   /* for the hooks of the call */
	bool paused;  /* by an event or a request; else all cycles since the begin count */
	uint64_t cpu; /* if paused: cycles in the plugin that are not in its `used` yet */
	bool dead;    /* the plugin was DEAD before the call */
	bool masked;  /* no other task runs until the end, see graft/point.h */
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

/* Make the plugin BUSY for this call. */
static inline void core_begin_run(const struct core_call *call, struct core_run *run,
				  struct core_plugin *plugin)
{
	struct core_run **bucket;

	run->plugin = plugin;
	run->paused = false;
	run->dead = plugin->state == CORE_DEAD;
	run->masked = plugin->grafts;
	if (run->masked)
		port_mask();
	run->caller = port_caller();
	bucket = core_caller_bucket(run->caller);
	run->same_caller_hash = *bucket;
	*bucket = run;
	plugin->state = CORE_BUSY;
	plugin->caller = run->caller;
	plugin->began = port_clock();
	plugin->call_budget_us = core_call_limit(call, plugin->budget_us);
}

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
