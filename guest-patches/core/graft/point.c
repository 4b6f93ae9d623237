// SPDX-License-Identifier: GPL-2.0-only
/* Grafts, from attach to detach; see point.h. */
#include "graft/graft.h"
#include "life/run.h"
#include <ringfence/point_list.h>

/* Attached grafts whose process, cgroup or socket can end. */
static uint32_t nr_mortal;

void core_tell_end(const struct core_graft_end *end, struct core_reason *text)
{
	static const char *const texts[] = {
		[CORE_OUTCOME_NONE] = "",
		[CORE_OUTCOME_STOPPED] = "the plugin was stopped",
		[CORE_OUTCOME_UNLOADED] = "the plugin was unloaded or replaced",
		[CORE_OUTCOME_DETACHED] = "detached by a user",
		[CORE_OUTCOME_TARGET] = "the process has ended",
		[CORE_OUTCOME_CGROUP] = "the cgroup was removed",
		[CORE_OUTCOME_SOCKET] = "the socket was closed",
	};

	if (end->outcome == CORE_OUTCOME_REFUSED)
		core_refuse(text, 0, "failure %u of %u: %s", end->failures, end->failures_max,
			    end->refusal);
	else
		core_refuse(text, 0, "%s", texts[end->outcome]);
}

struct core_graft_end core_end_of(const struct core_graft *graft)
{
	return (struct core_graft_end){ .outcome = graft->outcome,
					.failures = graft->failures,
					.failures_max = graft->failures_max,
					.refusal = graft->refusal };
}

void core_graft_outcome(const struct core_graft *graft, struct core_reason *outcome)
{
	const struct core_graft_end end = core_end_of(graft);

	core_tell_end(&end, outcome);
}

/* With the lock: lower the budget of the plugin, which does not run, unless it is lower already. */
static void lower_budget(struct core_plugin *plugin, uint32_t us)
{
	if (plugin->budget_us <= us)
		return;
	plugin->budget_us = us;
	port_plugin_op(PLUGINOP_budget, plugin->handle, us);
}

/* core_ask() prefers grafts with a lower rank. */
static int rank(enum core_scope scope)
{
	return scope == CORE_SCOPE_ALL ? CORE_SCOPES : scope;
}

static bool is_mortal(const struct core_graft *graft)
{
	return graft->scope != CORE_SCOPE_ALL && graft->scope != CORE_SCOPE_FILE;
}

static void find_only(struct core_point *point)
{
	const struct core_graft *graft = point->grafts;

	point->only = graft && !graft->next && graft->scope == CORE_SCOPE_ALL ? graft->ring : NULL;
}

_Static_assert((int)CORE_PROCESS == PORT_BARS_TASKS && (int)CORE_SOFTIRQ == PORT_BARS_SOFTIRQS &&
		       (int)CORE_SWITCH == PORT_BARS_INTERRUPTS,
	       "what a call must not be interrupted by is what may ask");

/* What calls of a plugin with a graft at a point of that context keep off. */
static enum port_bars barred_by(enum core_point_context context)
{
	return context == CORE_ANY ? PORT_BARS_TASKS : (enum port_bars)context;
}

/* With the lock: the plugin has got a graft that has calls keep off @bars. */
static void bar(struct core_plugin *plugin, enum port_bars bars)
{
	plugin->grafts++;
	plugin->grafts_with[bars]++;
	if (bars > plugin->bars)
		plugin->bars = bars;
}

/* The plugin has lost one. */
static void unbar(struct core_plugin *plugin, enum port_bars bars)
{
	plugin->grafts--;
	plugin->grafts_with[bars]--;
	while (plugin->bars && !plugin->grafts_with[plugin->bars])
		plugin->bars--;
}

/* Insert the graft before the grafts of the point that core_ask() prefers less. */
static void arm(struct core_graft *graft)
{
	struct core_plugin *plugin = graft->target.plugin;
	struct core_point *point = graft->point;
	struct core_graft **link;

	for (link = &point->grafts; *link && rank((*link)->scope) <= rank(graft->scope);
	     link = &(*link)->next)
		;
	graft->next = *link;
	*link = graft;
	graft->attached = true;
	if (graft->ring)
		graft->events = ((const struct event_ring *)graft->ring)->next;
	nr_mortal += is_mortal(graft);
	bar(plugin, barred_by(point->context));
	lower_budget(plugin, point->budget_us);
	if (!point->nr_grafts++)
		port_point_armed(point, true);
	if (graft->ring)
		find_only(point);
}

/* The plugin is not asked any more. */
static void leave_plugin(struct core_graft *graft)
{
	unbar(graft->target.plugin, barred_by(graft->point->context));
}

static void disarm(struct core_graft *graft)
{
	struct core_point *point = graft->point;
	struct core_graft **link;

	for (link = &point->grafts; *link != graft; link = &(*link)->next)
		;
	*link = graft->next; /* graft->next and ->ring stay: a writer of events may have been interrupted */
	if (graft->ring)
		core_count_events(graft);
	graft->attached = false;
	nr_mortal -= is_mortal(graft);
	if (!--point->nr_grafts)
		port_point_armed(point, false);
	if (graft->ring)
		find_only(point);
}

/* Is a graft that fails closed shut for this reason? Other reasons end any graft. */
static bool shuts(enum core_outcome outcome)
{
	return outcome == CORE_OUTCOME_REFUSED || outcome == CORE_OUTCOME_STOPPED ||
	       outcome == CORE_OUTCOME_UNLOADED;
}

void core_detach_found(struct core_graft *graft, enum core_outcome outcome)
{
	bool shut = graft->fails_closed && shuts(outcome);

	graft->outcome = outcome;
	if (!graft->shut)
		leave_plugin(graft);
	if (!graft->shut || !graft->target.plugin)
		core_leave_graft(graft);
	if (shut)
		graft->shut = true;
	else
		disarm(graft);
	core_graft_ended(graft, shut);
}

void core_grafts_leave(struct core_plugin *plugin, enum core_outcome outcome)
{
	struct core_graft *graft;

	if (!plugin->grafts)
		return;
	for (graft = core_next_graft(0); graft && plugin->grafts; graft = graft->next_id)
		if (graft->attached && !graft->shut && graft->target.plugin == plugin)
			core_detach_found(graft, outcome);
}

void core_sweep_grafts(void)
{
	static const enum core_outcome outcomes[CORE_SCOPES] = {
		[CORE_SCOPE_PROCESS] = CORE_OUTCOME_TARGET,
		[CORE_SCOPE_CGROUP] = CORE_OUTCOME_CGROUP,
		[CORE_SCOPE_SOCKET] = CORE_OUTCOME_SOCKET,
	};
	struct core_graft *graft;

	port_lock();
	for (graft = nr_mortal ? core_next_graft(0) : NULL; graft; graft = graft->next_id)
		if (graft->attached && outcomes[graft->scope] &&
		    port_scope_ended(graft->scope, graft->held))
			core_detach_found(graft, outcomes[graft->scope]);
	core_free_left_held();
	port_unlock();
}

int core_detach(uint32_t id, struct core_reason *why)
{
	struct core_graft *graft;
	int err = 0;

	port_lock();
	graft = id ? core_next_graft(id - 1) : NULL;
	if (!graft || graft->id != id)
		err = core_refuse(why, -ENOENT, "there is no graft with id %u: see plugctl grafts",
				  id);
	else if (!graft->attached)
		err = core_refuse(why, -ENOENT, "graft %u is not attached any more", id);
	else
		core_detach_found(graft, CORE_OUTCOME_DETACHED);
	core_free_left_held();
	port_unlock();
	return err;
}

/* -EINVAL: the target is an entry for no point, for another, or for another version. */
static int check_entry(const struct core_point *point, const struct core_target *target,
		       struct core_reason *why)
{
	uint32_t flags = target->flags;

	if (flags == PLG_ENTRY_GRAFT(point->number, point->version))
		return 0;
	if (!flags)
		return core_refuse(why, -EINVAL,
				   "entry %.60s of plugin %.40s is no graft: define it with "
				   "PLUGIN_GRAFT(%s)",
				   target->entry, target->plugin->name, point->name);
	if (flags >> 16 != point->number)
		return core_refuse(why, -EINVAL,
				   "entry %.60s of plugin %.40s is a graft for another point, not "
				   "for %s",
				   target->entry, target->plugin->name, point->name);
	return core_refuse(why, -EINVAL,
			   "entry %.60s of plugin %.40s was built for version %u of %s, this "
			   "kernel has version %u: build it with this kernel's SDK",
			   target->entry, target->plugin->name, flags & 0xffff, point->name,
			   point->version);
}

/* Both are for the same: of methods one is asked, and a ring would have each event twice. */
static bool excludes(const struct core_graft *other, const struct core_graft *graft)
{
	return other->scope == graft->scope && other->key == graft->key &&
	       (graft->point->kind == CORE_METHOD ||
		(graft->ring && other->target.plugin == graft->target.plugin));
}

/* With the lock: may the graft be attached? */
static int check_attach(const struct core_graft *graft, struct core_reason *why)
{
	const struct core_plugin *plugin = graft->target.plugin;
	const struct core_graft *other;

	if (core_is_stale(plugin, true))
		return core_refuse_stale(plugin, why);
	if (plugin->state == CORE_DEAD || plugin->killed)
		return core_refuse(why, -EOWNERDEAD,
				   "plugin %s was stopped before: unload it and load it again",
				   plugin->name);
	for (other = graft->point->grafts; other; other = other->next)
		if (excludes(other, graft))
			return core_refuse(why, -EEXIST,
					   "point %s has a graft for that already, number %u of "
					   "plugin %.40s: detach it first",
					   graft->point->name, other->id, other->plugin_name);
	return 0;
}

static void copy_name(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (length > size - 1)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = 0;
}

static struct core_graft *make(const struct core_attach *attach, const struct core_target *target,
			       void *ring)
{
	struct core_graft *graft = port_alloc(sizeof(*graft));

	if (!graft)
		return NULL;
	graft->point = attach->point;
	graft->target = *target;
	graft->ring = ring;
	core_prepare_call(graft);
	graft->scope = attach->scope;
	graft->key = attach->key;
	graft->held = attach->held;
	graft->process = attach->process;
	graft->fails_closed = attach->fails_closed;
	graft->failures_max = attach->failures ? attach->failures : attach->point->failures_max;
	copy_name(graft->plugin_name, target->plugin->name, sizeof(graft->plugin_name));
	copy_name(graft->entry, target->entry, sizeof(graft->entry));
	if (attach->target_name)
		copy_name(graft->target_name, attach->target_name, sizeof(graft->target_name));
	return graft;
}

/*
 * Enlist the graft and attach it when no call of its plugin is under way; or free it. Its target
 * stays the caller's after an errno.
 */
static int add(struct core_graft *graft, uint32_t *id, struct core_reason *why)
{
	struct core_plugin *plugin = graft->target.plugin;
	bool others_wait;
	int err;

	port_lock();
	err = core_await_idle(plugin, why);
	if (!err)
		err = check_attach(graft, why);
	if (!err) {
		core_enlist_graft(graft);
		arm(graft);
		*id = graft->id;
	}
	others_wait = plugin->turns;
	port_unlock();
	if (others_wait)
		port_wake();
	if (err)
		port_free(graft);
	return err;
}

static int refuse_scope(const struct core_attach *attach, struct core_reason *why)
{
	static const char *const whose[CORE_SCOPES] = {
		[CORE_SCOPE_FILE] = "a file",	  [CORE_SCOPE_PROCESS] = "a process",
		[CORE_SCOPE_CGROUP] = "a cgroup", [CORE_SCOPE_SOCKET] = "a socket",
		[CORE_SCOPE_ALL] = "all",
	};

	return core_refuse(why, -EINVAL,
			   "a graft for %s cannot be for %s: choose another scope, see "
			   "docs/points.md",
			   attach->point->name, whose[attach->scope]);
}

int core_attach(const struct core_attach *attach, uint32_t *id, struct core_reason *why)
{
	struct core_graft *graft;
	struct core_target target;
	void *ring = NULL;
	int err;

	if (!(attach->point->scopes & 1u << attach->scope))
		return refuse_scope(attach, why);
	if (attach->fails_closed && !attach->point->closes)
		return core_refuse(
			why, -EINVAL,
			"a graft for %s cannot fail closed: without it the kernel decides",
			attach->point->name);
	core_sweep_grafts();
	err = core_bind(attach->plugin, attach->entry[0] ? attach->entry : attach->point->name,
			&target, why);
	if (err)
		return err;
	err = check_entry(attach->point, &target, why);
	if (!err && attach->point->kind == CORE_EVENT_RING)
		err = core_make_ring(&target, attach->point, &ring, why);
	else if (!err)
		err = core_make_graft_window(&target, why);
	if (!err) {
		graft = make(attach, &target, ring);
		err = graft ? add(graft, id, why) :
			      core_refuse(why, -ENOMEM,
					  "there is no memory for a graft: free some");
	}
	if (err)
		core_unbind(&target);
	return err;
}
