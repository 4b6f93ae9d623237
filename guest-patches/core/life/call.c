// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of plugins: from the caller's turn to the end of the call.
 *
 * Several callers (port_caller()) may have calls under way at once, as each may be
 * preempted during its call. The state of a call is on its caller's stack and in its
 * plugin, which is BUSY or UNLOADING and has `caller` set.
 */
#include "graft/graft.h"
#include "life/life.h"
#include "service/service.h"
#include "life/target.h"
#include "life/turn.h"

/* A call that is under way, on its caller's stack. */
struct run {
	struct run *same_caller_hash; /* next in the bucket of the caller */
	uintptr_t caller;
	struct core_plugin *plugin; /* a reference */
	uint32_t entry;		    /* offset in text */
	const char *entry_name;
	void *what;   /* for the hooks of the call */
	bool paused;  /* by an event or a request; else all cycles since the begin count */
	uint64_t cpu; /* if paused: cycles in the plugin that are not in its `used` yet */
	bool dead;    /* the plugin was DEAD before the call */
};

#define RUNS 1024u
static struct run *runs[RUNS]; /* by a hash of the caller; the lock guards it */

#define TRY_LATER 1

static struct run **caller_bucket(uintptr_t caller)
{
	return &runs[((uint32_t)caller * 2654435761u) >> 22];
}

_Static_assert(RUNS == 1u << (32 - 22), "the hash is an index");

uint32_t core_depth(void)
{
	uintptr_t caller = port_caller();
	const struct run *run;
	uint32_t depth = 0;

	for (run = *caller_bucket(caller); run; run = run->same_caller_hash)
		depth += run->caller == caller;
	return depth;
}

/* A limit of @us in this call. */
static uint32_t limit(const struct core_call *call, uint32_t us)
{
	if (call->atomic && us > CORE_ATOMIC_US)
		return CORE_ATOMIC_US;
	return us;
}

/* With the lock: make the plugin BUSY for this call. */
static inline void begin(const struct core_call *call, struct run *run, struct core_plugin *plugin)
{
	struct run **bucket;

	run->plugin = plugin;
	run->paused = false;
	run->dead = plugin->state == CORE_DEAD;
	run->caller = port_caller();
	bucket = caller_bucket(run->caller);
	run->same_caller_hash = *bucket;
	*bucket = run;
	plugin->state = CORE_BUSY;
	plugin->caller = run->caller;
	plugin->began = port_clock();
	plugin->call_budget_us = limit(call, plugin->budget_us);
}

/*
 * With the lock: set the entry of the call. A name is looked up in @plugin each time the
 * caller tries, as another plugin may have taken the plugin's name since.
 */
static int choose_entry(const struct core_call *call, struct core_plugin *plugin, struct run *run,
			struct core_reason *why)
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
static int try_begin(const struct core_call *call, const struct core_turn *turn, struct run *run,
		     struct core_reason *why)
{
	uint32_t depth = core_depth();
	struct core_plugin *plugin = turn->plugin;
	bool can_wait = !call->atomic && !depth;
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
	begin(call, run, plugin);
	return 0;
}

/* With the lock: can the call of a target begin without any of the checks of try_begin()? */
static bool is_free(const struct core_call *call)
{
	const struct core_plugin *plugin;

	if (!call->target)
		return false;
	plugin = call->target->plugin;
	return plugin->state == CORE_IDLE && !plugin->turns && !plugin->nameless &&
	       !*caller_bucket(port_caller()) && (call->atomic || !port_is_dying());
}

/* Begin the call, for which is_free() is true. The lock is held, and is released. */
static void begin_at_once(const struct core_call *call, struct run *run)
{
	run->entry = call->target->offset;
	run->entry_name = call->target->entry;
	call->target->plugin->refs++;
	begin(call, run, call->target->plugin);
	port_unlock();
}

/*
 * Begin the call, and wait for the caller's turn before if the plugin runs. The lock is held,
 * and is released. A caller that has waited wakes the others at the end, as another caller may
 * be first in the queue now.
 */
static int begin_call(const struct core_call *call, struct run *run, struct core_reason *why)
{
	struct core_turn turn = { .by_name = !call->target };
	struct core_plugin *dropped = NULL;
	bool waited = false;
	int err;

	for (;;) {
		err = core_take_turn(&turn, call, &dropped, why);
		if (!err)
			err = try_begin(call, &turn, run, why);
		if (err != TRY_LATER)
			break;
		if (!turn.queued)
			core_enqueue(&turn);
		waited = true;
		port_unlock();
		if (dropped)
			core_free_plugin(dropped);
		dropped = NULL;
		err = port_wait(core_is_turn, &turn);
		port_lock();
		if (!err)
			continue;
		core_refuse(
			why, err, "plugin %.40s is %s, and the caller gave up to wait: try again",
			turn.plugin->name,
			turn.plugin->state == CORE_UNLOADING ? "unloading" : "running for another");
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

/*
 * The plugin is paused, by an event or after a service. Unless the call is atomic, let other
 * tasks run, and kill the plugin if its caller has a fatal signal or the call has exceeded
 * its limit of time; a question of a graft (with hooks) goes on then, as its time is short and
 * the plugin is not the fault. Kill the plugin too if its services have exceeded their limit of CPU
 * time, of which they have used @served_ns.
 */
static void let_others_run(struct core_plugin *plugin, const struct core_call *call,
			   uint64_t served_ns)
{
	uint32_t wall = plugin->wall_us, service = limit(call, plugin->service_us);

	if (call->wall_us && call->wall_us < wall)
		wall = call->wall_us;
	if (!call->atomic)
		port_give_way();
	if (!call->atomic && !call->hooks && port_is_dying())
		core_end_own_call(plugin, CORE_CAUSE_SIGNAL, 0);
	else if (!call->atomic && port_cycles_ns(port_clock() - plugin->began) > wall * 1000ull)
		core_end_own_call(plugin, CORE_CAUSE_WALL, wall);
	else if (served_ns > service * 1000ull)
		core_end_own_call(plugin, CORE_CAUSE_SERVICE, service);
}

/*
 * Add @cycles of the caller's CPU time to @sum, which is in the `used` of the plugin that the
 * caller has called. Takes the lock, as other tasks read the sum during the call.
 */
static void charge(uint64_t cycles, uint64_t *sum)
{
	port_lock();
	*sum += cycles;
	port_unlock();
}

/*
 * How much counts towards the limit of CPU time in services, if one service took @took ns:
 * all, but in an atomic call at most CORE_ATOMIC_SERVICE_US.
 */
static uint64_t towards_limit(const struct core_call *call, uint64_t took)
{
	if (call->atomic && took > CORE_ATOMIC_SERVICE_US * 1000ull)
		return CORE_ATOMIC_SERVICE_US * 1000ull;
	return took;
}

/*
 * Invoke has returned @status, other than PLUGIN_STATUS_OK, and @answer: answer requests and
 * resume after events until the call ends. @mark was set before. Returns the call's
 * PLUGIN_STATUS_*, or the monitor's errno if the call did not begin.
 */
static long go_on(struct run *run, const struct core_call *call, long status,
		  struct port_answer *answer, struct port_mark *mark)
{
	uint32_t interruptible = call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, given = 0;
	struct core_plugin *plugin = run->plugin;
	uint64_t served_ns = 0, took;
	int served = 0;

	run->cpu = port_since(mark);
	run->paused = true;
	while (status == PLUGIN_STATUS_SERVICE || status == PLUGIN_STATUS_INTERRUPTED) {
		bool asks = status == PLUGIN_STATUS_SERVICE;

		charge(run->cpu, &plugin->used.cpu);
		if (asks) {
			served = core_serve(plugin, answer, &given);
			took = port_since(mark);
			charge(took, &plugin->used.service);
			served_ns += towards_limit(call, port_cycles_ns(took));
		}
		let_others_run(plugin, call, served_ns);
		if (asks)
			status = port_plugin_reply(interruptible, plugin->handle, given, served,
						   answer);
		else
			status = port_plugin_resume(interruptible, plugin->handle, answer);
		run->cpu = port_since(mark);
	}
	return status;
}

/* Run the plugin. Returns PLUGIN_STATUS_* or an errno, as go_on(), and the plugin's value. */
static inline long run_call(struct run *run, const struct core_call *call, const uint32_t *args,
			    uint32_t nr_args, uint32_t *value)
{
	struct port_answer answer;
	struct port_mark mark;
	long status;

	port_mark(&mark);
	status = port_plugin_invoke(call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, run->plugin->handle,
				    run->entry, args, nr_args, &answer);
	if (unlikely(status != PLUGIN_STATUS_OK))
		status = go_on(run, call, status, &answer, &mark);
	*value = answer.edx;
	return status;
}

/*
 * The call is over with PLUGIN_STATUS_OK: what end_call() does for a plugin that nobody waits
 * for, has killed or unloads. False: nothing was done. Takes the lock.
 */
static inline bool end_at_once(struct run *run, const struct core_call *call)
{
	struct core_plugin *plugin = run->plugin;
	struct run **bucket = caller_bucket(run->caller);
	uint64_t took;

	port_lock();
	if (plugin->state != CORE_BUSY || plugin->killed || plugin->turns || *bucket != run ||
	    run->paused) {
		port_unlock();
		return false;
	}
	*bucket = run->same_caller_hash;
	took = port_clock() - plugin->began;
	plugin->used.cpu += took;
	plugin->used.wall += took;
	plugin->caller = 0;
	plugin->calls++;
	plugin->refs--; /* the lists hold another */
	plugin->state = CORE_IDLE;
	if (call->hooks && call->hooks->ended)
		call->hooks->ended(run->what);
	port_unlock();
	return true;
}

/*
 * The call is over with @status, or did not begin for the errno @status: update the
 * counters and settle the plugin, or reap the plugin if it is UNLOADING. Drops the call's
 * reference unless @keeps. Takes the lock.
 */
static void end_call(struct run *run, const struct core_call *call, long status, bool keeps)
{
	bool ran = status >= 0 && status != PLUGIN_STATUS_DEAD, leaves, waits, died, was_last = false;
	struct core_plugin *plugin = run->plugin;
	struct run **link;
	uint64_t took;

	port_lock();
	for (link = caller_bucket(run->caller); *link != run; link = &(*link)->same_caller_hash)
		;
	*link = run->same_caller_hash;
	took = port_clock() - plugin->began;
	plugin->used.wall += took;
	plugin->used.cpu += run->paused ? run->cpu : took;
	plugin->caller = 0;
	plugin->calls += ran;
	plugin->faults += ran && status != PLUGIN_STATUS_OK;
	/* DEAD: the call did not run, but the plugin may have been killed since begin(). */
	if (status > PLUGIN_STATUS_OK && (ran || !plugin->fault.status))
		core_note_fault(plugin);
	if (status > PLUGIN_STATUS_OK)
		plugin->stopped = true;
	leaves = plugin->state == CORE_UNLOADING;
	waits = plugin->turns;
	if (!leaves) {
		core_settle(plugin);
		was_last = !keeps && core_release(plugin);
	}
	died = plugin->state == CORE_DEAD && !call->atomic;
	if (call->hooks && call->hooks->ended)
		call->hooks->ended(run->what); /* a graft with @call in it may be freed from now */
	port_unlock();
	if (leaves) {
		core_reap(plugin);
		if (!keeps)
			core_put(plugin);
		return;
	}
	if (waits)
		port_wake();
	if (died)
		core_free_left_grafts(); /* core_settle() has detached those of the plugin */
	if (was_last)
		core_free_plugin(plugin);
}

/*
 * Set the budget of the plugin's calls in the monitor. Does nothing if this call has the
 * plugin's own budget, which the monitor has anyway; an atomic call may have a lower one.
 */
static void set_budget(const struct core_plugin *plugin, uint32_t us)
{
	if (plugin->call_budget_us != plugin->budget_us)
		port_plugin_op(PLUGINOP_budget, plugin->handle, us);
}

/* The monitor did not begin the call and returned @error. */
static int refuse_call(const struct run *run, long error, struct core_reason *why)
{
	if (error == -ENOMEM)
		return core_refuse(why, -ENOMEM,
				   "%.60s of plugin %.40s was not called: so many calls are under "
				   "way that the monitor has no memory for the registers of "
				   "another: try again when some are over",
				   run->entry_name, run->plugin->name);
	return core_refuse(why, (int)error,
			   "the monitor would not call %.60s of plugin %.40s (error %ld): this "
			   "kernel made a mistake, report it",
			   run->entry_name, run->plugin->name, -error);
}

static long run_with_budget(struct run *run, const struct core_call *call, const uint32_t *args,
			    uint32_t nr_args, uint32_t *value)
{
	long status;

	set_budget(run->plugin, run->plugin->call_budget_us);
	status = run_call(run, call, args, nr_args, value);
	set_budget(run->plugin, run->plugin->budget_us);
	return status;
}

/*
 * Make the call with call->window granted. The window is granted and revoked while the plugin
 * is BUSY for this caller, so no other call sees it. A dead plugin is granted no window;
 * *@status is PLUGIN_STATUS_DEAD then.
 */
static int run_with_window(struct run *run, const struct core_call *call, const uint32_t *call_args,
			   long *status, uint32_t *value, struct core_reason *why)
{
	uint32_t args[PLUGIN_ARGS_MAX] = { 0 };
	struct core_reason unused;
	int err = run->dead ? -EOWNERDEAD : core_grant_own(run->plugin, call->window, why);

	if (err && err != -EOWNERDEAD)
		return err;
	args[0] = call->window->offset;
	args[1] = call->window_bytes;
	if (call->nr_args)
		memcpy(args + 2, call_args, call->nr_args * sizeof(*args));
	*status = run_with_budget(run, call, args, call->nr_args + 2, value);
	/* If the monitor refuses, the window stays granted: its owner revokes it again. */
	if (!err)
		core_revoke(call->window, &unused);
	return 0;
}

static int check_args(const struct core_call *call, struct core_reason *why)
{
	uint32_t most = call->window ? PLUGIN_ARGS_MAX - 2 : PLUGIN_ARGS_MAX;

	if (call->nr_args <= most)
		return 0;
	return core_refuse(why, -E2BIG, "an entry takes at most %u arguments%s, not %u: %s", most,
			   call->window ? " after a window" : "", call->nr_args,
			   call->window ? "put more into the window" : "give more in a window");
}

int core_call_held(const struct core_call *call, const uint32_t *args, void *what,
		   struct core_result *result, struct core_reason *why)
{
	const struct core_hooks *hooks = call->hooks;
	uint32_t value = 0;
	struct run run;
	long status = 0;
	bool keeps;
	int err;

	result->plugin = NULL;
	result->refusal = NULL;
	if (is_free(call)) {
		begin_at_once(call, &run);
	} else {
		err = begin_call(call, &run, why);
		if (err)
			return err;
	}
	run.what = what;
	err = 0;
	if (hooks && hooks->write)
		hooks->write(what);
	if (unlikely(call->window))
		err = run_with_window(&run, call, args, &status, &value, why);
	else if (likely(run.plugin->call_budget_us == run.plugin->budget_us))
		status = run_call(&run, call, args, call->nr_args, &value);
	else
		status = run_with_budget(&run, call, args, call->nr_args, &value);
	if (likely(!err && status == PLUGIN_STATUS_OK)) {
		if (hooks && hooks->check)
			result->refusal = hooks->check(what, value);
		result->status = PLUGIN_STATUS_OK;
		result->value = value;
		if (likely(end_at_once(&run, call)))
			return 0;
	} else {
		if (!err && status < 0)
			err = refuse_call(&run, status, why);
		/* Killed between begin() and invoke: to the caller, during the call. */
		result->status = status == PLUGIN_STATUS_DEAD && !run.dead ? PLUGIN_STATUS_KILLED :
									     (uint32_t)status;
		result->value = 0;
	}
	keeps = !err && status && call->keep;
	end_call(&run, call, err ? err : status, keeps);
	if (keeps)
		result->plugin = run.plugin;
	return err;
}

int core_call_plugin(const struct core_call *call, struct core_result *result,
		     struct core_reason *why)
{
	int err = check_args(call, why);

	if (err) {
		result->plugin = NULL;
		return err;
	}
	port_lock();
	return core_call_held(call, call->args, call->what, result, why);
}

int core_call(const char *name, const char *entry, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why)
{
	const struct core_call call = {
		.name = name,
		.entry = entry,
		.args = args,
		.nr_args = nr_args,
	};

	return core_call_plugin(&call, result, why);
}
