// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of plugins, from the begin to the end; begin.c has the begin of a call that must wait.
 *
 * Several callers (port_caller()) may have calls under way at once, as each may be
 * preempted during its call. The state of a call is on its caller's stack and in its
 * plugin, which is BUSY or UNLOADING and has `caller` set.
 */
#include "graft/graft.h"
#include "life/run.h"
#include "service/service.h"

/*
 * The plugin is paused, by an event or after a service. Let other tasks run, unless the call is
 * atomic or masked. Kill the plugin if its caller has a fatal signal or the call has exceeded
 * its limit of time; these do not end an atomic call, nor a question to a graft, which has hooks:
 * the plugin is not at fault, and others ask it too. Kill the plugin also if its services have
 * exceeded their limit of CPU time, of which they have used @served_ns.
 */
static void let_others_run(const struct core_run *run, const struct core_call *call,
			   uint64_t served_ns)
{
	struct core_plugin *plugin = run->plugin;
	uint32_t wall = plugin->wall_us, service = core_call_limit(call, plugin->service_us);
	bool ends = !call->atomic && !call->hooks;

	if (call->wall_us && call->wall_us < wall)
		wall = call->wall_us;
	if (run->masked && service > plugin->call_budget_us)
		service = plugin->call_budget_us;
	if (!call->atomic && !run->masked)
		port_give_way();
	if (ends && port_is_dying())
		core_end_own_call(plugin, CORE_CAUSE_SIGNAL, 0);
	else if (ends && port_cycles_ns(port_clock() - plugin->began) > wall * 1000ull)
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
 * all, but in an atomic or masked call at most CORE_ATOMIC_SERVICE_US.
 */
static uint64_t towards_limit(const struct core_run *run, const struct core_call *call,
			      uint64_t took)
{
	if ((call->atomic || run->masked) && took > CORE_ATOMIC_SERVICE_US * 1000ull)
		return CORE_ATOMIC_SERVICE_US * 1000ull;
	return took;
}

long core_go_on(struct core_run *run, const struct core_call *call, long status,
		struct port_answer *answer, struct port_mark *mark)
{
	uint32_t interruptible = call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, given = 0;
	struct core_plugin *plugin = run->plugin;
	uint64_t served_ns = 0, took;
	int served = 0;

	if (run->masked) {
		run->cpu = port_clock() - plugin->began;
		port_mark(mark);
	} else {
		run->cpu = port_since(mark);
	}
	run->paused = true;
	plugin->atomic = call->atomic;
	plugin->switches = call->switches;
	while (status == PLUGIN_STATUS_SERVICE || status == PLUGIN_STATUS_INTERRUPTED) {
		bool asks = status == PLUGIN_STATUS_SERVICE;

		charge(run->cpu, &plugin->used.cpu);
		if (asks) {
			served = core_serve(plugin, answer, &given);
			took = port_since(mark);
			charge(took, &plugin->used.service);
			served_ns += towards_limit(run, call, port_cycles_ns(took));
		}
		let_others_run(run, call, served_ns);
		if (asks)
			status = port_plugin_reply(interruptible, plugin->handle, given, served,
						   answer);
		else
			status = port_plugin_resume(interruptible, plugin->handle, answer);
		run->cpu = port_since(mark);
	}
	return status;
}

/* Run the plugin. Returns PLUGIN_STATUS_* or an errno, as core_go_on(), and the plugin's value. */
static inline long run_call(struct core_run *run, const struct core_call *call,
			    const uint32_t *args, uint32_t nr_args, uint32_t *value)
{
	struct port_answer answer;
	struct port_mark mark;
	long status;

	if (!run->masked)
		port_mark(&mark);
	status = port_plugin_invoke(call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, run->plugin->handle,
				    run->entry, args, nr_args, &answer);
	if (unlikely(status != PLUGIN_STATUS_OK))
		status = core_go_on(run, call, status, &answer, &mark);
	*value = answer.edx;
	return status;
}

/*
 * The call is over with PLUGIN_STATUS_OK: do what end_call() does, in 85 instructions less, if that
 * can be. False: nothing was done. Takes the lock.
 */
static inline bool end_at_once(struct core_run *run, const struct core_call *call)
{
	port_lock();
	if (!core_ends_at_once(run->plugin)) {
		port_unlock();
		return false;
	}
	core_end_at_once(run);
	if (call->hooks && call->hooks->ended)
		call->hooks->ended(run->what);
	port_unlock();
	return true;
}

/*
 * The call is over with @status, or did not begin for the errno @status: update the
 * counters and settle the plugin, or reap the plugin if it is UNLOADING. Commit what the call has
 * changed if it ended well and there is no @refusal of the answer; else undo that. Drops the
 * call's reference unless @keeps. Takes the lock.
 */
static void end_call(struct core_run *run, const struct core_call *call, long status,
		     const char *refusal, bool keeps)
{
	bool ran = status >= 0 && status != PLUGIN_STATUS_DEAD, leaves, waits, died,
	     was_last = false;
	struct core_plugin *plugin = run->plugin;

	port_lock();
	core_leave(run);
	waits = plugin->part.of && core_end_part(plugin, status == PLUGIN_STATUS_OK && !refusal);
	plugin->calls += ran;
	plugin->faults += ran && status != PLUGIN_STATUS_OK;
	/* DEAD: the call did not run, but the plugin may have been killed since begin(). */
	if (status > PLUGIN_STATUS_OK && (ran || !plugin->fault.status))
		core_note_fault(plugin);
	if (status > PLUGIN_STATUS_OK)
		plugin->stopped = true;
	leaves = plugin->state == CORE_UNLOADING;
	waits = waits || plugin->turns;
	if (!leaves) {
		core_settle(plugin);
		was_last = !keeps && core_release(plugin);
	}
	died = plugin->state == CORE_DEAD && !call->atomic;
	if (call->hooks && call->hooks->ended)
		call->hooks->ended(run->what); /* a graft with @call in it may be freed from now */
	port_unlock();
	if (run->masked)
		port_unmask(run->bars);
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
static int refuse_call(const struct core_run *run, long error, struct core_reason *why)
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

static long run_with_budget(struct core_run *run, const struct core_call *call,
			    const uint32_t *args, uint32_t nr_args, uint32_t *value)
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
static int run_with_window(struct core_run *run, const struct core_call *call,
			   const uint32_t *call_args, long *status, uint32_t *value,
			   struct core_reason *why)
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

int core_conclude(struct core_run *run, const struct core_call *call, long status, uint32_t value,
		  struct core_result *result, struct core_reason *why)
{
	int err = run->err;
	bool keeps;

	if (likely(!err && status == PLUGIN_STATUS_OK)) {
		result->status = PLUGIN_STATUS_OK;
		result->value = value;
		if (likely(end_at_once(run, call))) {
			if (run->masked)
				port_unmask(run->bars);
			return 0;
		}
	} else {
		if (!err && status < 0)
			err = refuse_call(run, status, why);
		result->status = (uint32_t)(err ? err : status);
		/* Killed between begin() and invoke: to the caller, during the call. */
		if (result->status == PLUGIN_STATUS_DEAD && !run->dead)
			result->status = PLUGIN_STATUS_KILLED;
		result->value = 0;
	}
	keeps = !err && status && call->keep;
	end_call(run, call, err ? err : status, result->refusal, keeps);
	if (keeps)
		result->plugin = run->plugin;
	return err;
}

int core_call_held(const struct core_call *call, const uint32_t *args, void *what,
		   struct core_result *result, struct core_reason *why)
{
	uint32_t value = 0;
	struct core_run run;
	long status = 0;
	int err;

	result->plugin = NULL;
	result->refusal = NULL;
	if (core_is_free(call, &run)) {
		core_begin_at_once(call, &run);
	} else {
		err = core_await_run(call, &run, why);
		if (err)
			return err;
	}
	run.what = what;
	run.err = 0;
	if (call->hooks && call->hooks->write)
		call->hooks->write(what);
	if (unlikely(call->window))
		run.err = run_with_window(&run, call, args, &status, &value, why);
	else if (likely(run.plugin->call_budget_us == run.plugin->budget_us))
		status = run_call(&run, call, args, call->nr_args, &value);
	else
		status = run_with_budget(&run, call, args, call->nr_args, &value);
	if (!run.err && status == PLUGIN_STATUS_OK && call->hooks && call->hooks->check)
		result->refusal = call->hooks->check(what, value);
	return core_conclude(&run, call, status, value, result, why);
}

int core_call_plugin(const struct core_call *call, struct core_result *result,
		     struct core_reason *why)
{
	int err = check_args(call, why);

	if (!err && call->window)
		err = core_list_frames(call->window, why);
	if (err) {
		result->plugin = NULL;
		return err;
	}
	port_lock();
	err = core_call_held(call, call->args, call->what, result, why);
	if (call->window)
		core_list_no_frames(call->window);
	return err;
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
