// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of plugins, and the queue of those who wait to make one.
 *
 * A call belongs to its caller (core_caller()), of whom there are many: each
 * may be preempted in the middle of a call. What a call needs is on its caller's
 * stack and in its plugin, which is BUSY or UNLOADING and has `caller` set.
 */
#include "lifetime.h"
#include "service.h"

/* A caller that waits for its turn, on that caller's stack. */
struct turn {
	struct turn *next;
	const char *name;
	bool queued;
};

static struct turn *turns; /* in the order of arrival; with the lock */

/* What a call is about, once the plugin has been found. */
struct run {
	struct core_plugin *plugin;
	uint32_t entry;
	bool dead; /* before the call */
};

#define TRY_LATER 1

static const struct plg_entry *find_entry(const struct core_plugin *plugin, const char *name)
{
	uint32_t i;

	for (i = 0; i < plugin->nr_entries; i++)
		if (!strcmp(plugin->entries[i].name, name))
			return &plugin->entries[i];
	return NULL;
}

/* Nobody came earlier for a plugin of this name. */
static bool is_first(const struct turn *turn)
{
	const struct turn *other;

	for (other = turns; other && other != turn; other = other->next)
		if (!strcmp(other->name, turn->name))
			return false;
	return true;
}

static void enqueue(struct turn *turn)
{
	struct turn **end;

	for (end = &turns; *end; end = &(*end)->next)
		;
	*end = turn;
	turn->queued = true;
}

static void dequeue(struct turn *turn)
{
	struct turn **link;

	for (link = &turns; *link != turn; link = &(*link)->next)
		;
	*link = turn->next;
}

/* To be tried anew: there is no plugin of that name, or one that may be called. */
static bool is_turn(void *what)
{
	const struct turn *turn = what;
	const struct core_plugin *plugin;
	bool is;

	core_lock();
	plugin = core_find(turn->name);
	is = is_first(turn) && (!plugin || plugin->state != CORE_BUSY);
	core_unlock();
	return is;
}

static uint32_t limit(const struct core_call *call, uint32_t us)
{
	if (call->atomic && us > CORE_ATOMIC_US)
		return CORE_ATOMIC_US;
	return us;
}

static void begin(const struct core_call *call, struct run *run, struct core_plugin *plugin,
		  uint32_t entry)
{
	run->plugin = plugin;
	run->entry = entry;
	run->dead = plugin->state == CORE_DEAD;
	plugin->state = CORE_BUSY;
	plugin->caller = core_caller();
	plugin->began = core_clock();
	plugin->call_budget_us = limit(call, plugin->budget_us);
}

/* With the lock: makes the plugin BUSY for one call, DEAD ones too. */
static int try_begin(const struct core_call *call, const struct turn *turn, struct run *run,
		     struct core_reason *why)
{
	struct core_plugin *plugin = core_find(call->name);
	unsigned int depth = core_depth(core_caller());
	bool can_wait = !call->atomic && !depth;
	const struct plg_entry *entry;

	if (!plugin)
		return core_refuse_name(call->name, why);
	if (call->id && plugin->id != call->id)
		return core_refuse(why, -ESTALE, "plugin %s was replaced meanwhile: try again",
				   plugin->name);
	if (plugin->state == CORE_LOADING || plugin->state == CORE_UNLOADING)
		return core_refuse_busy(plugin, why);
	if (!can_wait && plugin->state == CORE_BUSY)
		return core_refuse_busy(plugin, why);
	entry = find_entry(plugin, call->entry);
	if (!entry)
		return core_refuse(why, -ENOENT, "plugin %s has no entry named %.60s: it has %s%s",
				   plugin->name, call->entry, plugin->entries[0].name,
				   plugin->nr_entries > 1 ? " and others, see show" : "");
	if (depth >= CORE_DEPTH_MAX)
		return core_refuse(why, -ELOOP,
				   "plugin %s was not called: %u calls are under way, each made "
				   "for a plugin in another; call fewer from services",
				   plugin->name, depth);
	if (can_wait && (plugin->state == CORE_BUSY || !is_first(turn)))
		return TRY_LATER;
	begin(call, run, plugin, entry->offset);
	return 0;
}

/* Whoever is next in the queue has to look, when one leaves it and when a plugin is free. */
static int begin_call(const struct core_call *call, struct run *run, struct core_reason *why)
{
	struct turn turn = { .name = call->name };
	int err;

	core_lock();
	err = try_begin(call, &turn, run, why);
	while (err == TRY_LATER) {
		if (!turn.queued)
			enqueue(&turn);
		core_unlock();
		err = core_wait(is_turn, &turn);
		core_lock();
		if (err)
			core_refuse(why, err,
				    "plugin %.40s is running for another, and the caller gave up "
				    "to wait: try again",
				    call->name);
		else
			err = try_begin(call, &turn, run, why);
	}
	if (turn.queued)
		dequeue(&turn);
	core_unlock();
	if (turn.queued)
		core_wake();
	return err;
}

/*
 * The plugin is paused, by an event or for a service that is done: others run,
 * and the call is ended if it has gone on long enough.
 */
static void let_others_run(struct core_plugin *plugin, const struct core_call *call,
			   uint64_t served_ns)
{
	uint32_t wall = limit(call, plugin->wall_us), service = limit(call, plugin->service_us);

	if (call->wall_us && call->wall_us < wall)
		wall = call->wall_us;
	if (!call->atomic && core_give_way())
		core_end_own_call(plugin, CORE_CAUSE_SIGNAL, 0);
	else if (core_clock() - plugin->began > wall * 1000ull)
		core_end_own_call(plugin, CORE_CAUSE_WALL, wall);
	else if (served_ns > service * 1000ull)
		core_end_own_call(plugin, CORE_CAUSE_SERVICE, service);
}

/* CPU time since *@last, which is what it was then. */
static uint64_t lap(uint64_t *last)
{
	uint64_t now = core_cpu_time(), took = now - *last;

	*last = now;
	return took;
}

/* Runs it, and whatever it asks for, until it ends. */
static long run_call(const struct run *run, const struct core_call *call, uint32_t *value)
{
	uint32_t interruptible = call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, given = 0;
	uint64_t time = core_cpu_time(), served_ns = 0, took;
	struct core_plugin *plugin = run->plugin;
	struct core_answer answer = { 0 };
	long status;
	int served = 0;

	status = core_plugin_invoke(interruptible, plugin->handle, run->entry, call->args,
				    call->nr_args, &answer);
	plugin->used.cpu_ns += lap(&time);
	while (status == PLUGIN_STATUS_SERVICE || status == PLUGIN_STATUS_INTERRUPTED) {
		bool asks = status == PLUGIN_STATUS_SERVICE;

		if (asks) {
			served = core_serve(plugin, &answer, &given);
			took = lap(&time);
			plugin->used.service_ns += took;
			served_ns += took;
		}
		let_others_run(plugin, call, served_ns);
		if (asks)
			status = core_plugin_reply(interruptible, plugin->handle, given, served,
						   &answer);
		else
			status = core_plugin_resume(interruptible, plugin->handle, &answer);
		plugin->used.cpu_ns += lap(&time);
	}
	*value = answer.edx;
	return status;
}

/* What became of a call, once it is over. True: the plugin is to leave now. */
static bool end_call(struct core_plugin *plugin, long status)
{
	bool ran = status >= 0 && status != PLUGIN_STATUS_DEAD, leaves;

	core_lock();
	plugin->used.wall_ns += core_clock() - plugin->began;
	plugin->caller = 0;
	plugin->calls += ran;
	plugin->faults += ran && status != PLUGIN_STATUS_OK;
	/* One that was killed before it began was not run, but has a record. */
	if (status > PLUGIN_STATUS_OK && (ran || !plugin->fault.status))
		core_note_fault(plugin);
	if (status > PLUGIN_STATUS_OK)
		plugin->stopped = true;
	leaves = plugin->state == CORE_UNLOADING;
	if (!leaves)
		core_settle(plugin);
	core_unlock();
	if (!leaves)
		core_wake();
	return leaves;
}

/* The monitor has the plugin's own; an atomic call's may be shorter. */
static void set_budget(const struct core_plugin *plugin, uint32_t us)
{
	if (plugin->call_budget_us != plugin->budget_us)
		core_plugin_op(PLUGINOP_budget, plugin->handle, us);
}

/* The monitor has not called it, and says why not. */
static int refuse_call(const struct core_call *call, long error, struct core_reason *why)
{
	if (error == -ENOMEM)
		return core_refuse(why, -ENOMEM,
				   "%.60s of plugin %.40s was not called: so many calls are under "
				   "way that the monitor has no memory for the registers of "
				   "another: try again when some are over",
				   call->entry, call->name);
	return core_refuse(why, (int)error,
			   "the monitor would not call %.60s of plugin %.40s (error %ld): this "
			   "kernel made a mistake, report it",
			   call->entry, call->name, -error);
}

int core_call_plugin(const struct core_call *call, struct core_result *result,
		     struct core_reason *why)
{
	struct run run = { 0 };
	uint32_t value = 0;
	long status;

	if (call->nr_args > PLUGIN_ARGS_MAX)
		return core_refuse(
			why, -E2BIG,
			"an entry takes at most %u arguments, not %u: give more in a window",
			PLUGIN_ARGS_MAX, call->nr_args);
	status = begin_call(call, &run, why);
	if (status)
		return (int)status;

	set_budget(run.plugin, run.plugin->call_budget_us);
	status = run_call(&run, call, &value);
	set_budget(run.plugin, run.plugin->budget_us);
	if (end_call(run.plugin, status))
		core_reap(run.plugin);
	if (status < 0)
		return refuse_call(call, status, why);
	/* Killed after we had it and before it ran. */
	if (status == PLUGIN_STATUS_DEAD && !run.dead)
		status = PLUGIN_STATUS_KILLED;
	result->status = (uint32_t)status;
	result->value = status == PLUGIN_STATUS_OK ? value : 0;
	return 0;
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
