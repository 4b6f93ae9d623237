// SPDX-License-Identifier: GPL-2.0-only
/* The list of plugins, and calls of them; see registry.h. */
#include "lifetime.h"
#include "service.h"

static struct core_plugin *plugins; /* ascending ids */
static uint32_t last_id;
static unsigned int depth; /* of calls under way, each from a service of the one before */

const char *core_state_name(enum core_plugin_state state)
{
	static const char *const names[] = { "loading", "idle", "busy", "dead", "unloading" };

	return names[state];
}

const char *core_mode_name(uint32_t mode)
{
	static const char *const names[] = { "unknown", "segment", "page", "unguarded" };

	return names[mode < sizeof(names) / sizeof(names[0]) ? mode : 0];
}

struct core_plugin *core_find(const char *name)
{
	struct core_plugin *plugin;

	for (plugin = plugins; plugin; plugin = plugin->next)
		if (!plugin->nameless && !strcmp(plugin->name, name))
			return plugin;
	return NULL;
}

struct core_plugin *core_next(uint32_t id)
{
	struct core_plugin *plugin;

	for (plugin = plugins; plugin; plugin = plugin->next)
		if (plugin->id > id)
			return plugin;
	return NULL;
}

void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context)
{
	context->plugin = plugin->name;
	context->symbols = &plugin->symbols;
	context->lines = &plugin->lines;
	context->text_limit = plugin->text_limit;
	context->data_limit = plugin->data_limit;
	context->budget_us = plugin->budget_us;
}

/* The monitor counts modulo 2^32 those that it refused; without a handle, none. */
uint64_t core_refused(const struct core_plugin *plugin)
{
	struct plugin_query query;

	memset(&query, 0, sizeof(query));
	if (!plugin->handle || core_plugin_query(plugin->handle, &query))
		query.refused = 0;
	return plugin->rejected + query.refused;
}

int core_enlist(struct core_plugin *plugin, struct core_reason *why)
{
	struct core_plugin **end;
	int err = 0;

	core_lock();
	if (plugin->nameless) {
		if (!core_find(plugin->name))
			err = core_refuse_name(plugin->name, why);
	} else if (core_find(plugin->name)) {
		err = core_refuse(why, -EEXIST,
				  "a plugin named %s is already loaded: unload it first, "
				  "replace it, or load this one under another name",
				  plugin->name);
	}
	if (!err) {
		plugin->id = ++last_id;
		for (end = &plugins; *end; end = &(*end)->next)
			;
		*end = plugin;
	}
	core_unlock();
	return err;
}

void core_delist(struct core_plugin *plugin)
{
	struct core_plugin **link;

	core_lock();
	for (link = &plugins; *link != plugin; link = &(*link)->next)
		;
	*link = plugin->next;
	core_unlock();
}

static const struct plg_entry *find_entry(const struct core_plugin *plugin, const char *name)
{
	uint32_t i;

	for (i = 0; i < plugin->nr_entries; i++)
		if (!strcmp(plugin->entries[i].name, name))
			return &plugin->entries[i];
	return NULL;
}

/* What was asked for by a name that is not there. */
int core_refuse_name(const char *name, struct core_reason *why)
{
	return core_refuse(why, -ENOENT, "there is no plugin named %.40s: load it first", name);
}

int core_refuse_busy(const struct core_plugin *plugin, struct core_reason *why)
{
	return core_refuse(why, -EBUSY, "plugin %s is %s: try again when that is over",
			   plugin->name,
			   plugin->state == CORE_BUSY ? "running" : core_state_name(plugin->state));
}

/*
 * Marks the plugin BUSY for one call, DEAD ones too. @id: the name has to be
 * this plugin's, or 0.
 */
static int begin_call(const char *name, uint32_t id, const char *entry_name,
		      struct core_plugin **called, bool *dead, uint32_t *entry,
		      struct core_reason *why)
{
	const struct plg_entry *found;
	struct core_plugin *plugin;
	int err = 0;

	core_lock();
	plugin = core_find(name);
	found = plugin && plugin->state != CORE_LOADING ? find_entry(plugin, entry_name) : NULL;
	if (!plugin) {
		err = core_refuse_name(name, why);
	} else if (id && plugin->id != id) {
		err = core_refuse(why, -ESTALE, "plugin %s was replaced meanwhile: try again",
				  plugin->name);
	} else if (plugin->state != CORE_IDLE && plugin->state != CORE_DEAD) {
		err = core_refuse_busy(plugin, why);
	} else if (!found) {
		err = core_refuse(why, -ENOENT, "plugin %s has no entry named %.60s: it has %s%s",
				  plugin->name, entry_name, plugin->entries[0].name,
				  plugin->nr_entries > 1 ? " and others, see show" : "");
	} else if (depth == CORE_DEPTH_MAX) {
		err = core_refuse(why, -ELOOP,
				  "plugin %s was not called: %u calls are under way, each made "
				  "for a plugin in another; call fewer from services",
				  plugin->name, depth);
	} else {
		*entry = found->offset;
		*called = plugin;
		*dead = plugin->state == CORE_DEAD;
		plugin->state = CORE_BUSY;
		depth++;
	}
	core_unlock();
	return err;
}

/* Runs it, and whatever it asks for, until it ends. */
static long run(struct core_plugin *plugin, uint32_t entry, const uint32_t *args, uint32_t nr_args,
		uint32_t *value)
{
	struct core_answer answer = { 0 };
	uint32_t given;
	long status;
	int served;

	status = core_plugin_invoke(plugin->handle, entry, args, nr_args, &answer);
	while (status == PLUGIN_STATUS_SERVICE) {
		served = core_serve(plugin, &answer, &given);
		status = core_plugin_reply(plugin->handle, given, served, &answer);
	}
	*value = answer.edx;
	return status;
}

/* What became of a call, once it is over. True: the plugin is to leave now. */
static bool end_call(struct core_plugin *plugin, long status)
{
	bool ran = status >= 0 && status != PLUGIN_STATUS_DEAD, leaves;

	core_lock();
	depth--;
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
	return leaves;
}

int core_call_id(const char *name, uint32_t id, const char *entry_name, const uint32_t *args,
		 uint32_t nr_args, struct core_result *result, struct core_reason *why)
{
	struct core_plugin *plugin = NULL;
	uint32_t entry = 0, value = 0;
	bool dead = false;
	long status;

	if (nr_args > PLUGIN_ARGS_MAX)
		return core_refuse(
			why, -E2BIG,
			"an entry takes at most %u arguments, not %u: give more in a window",
			PLUGIN_ARGS_MAX, nr_args);
	status = begin_call(name, id, entry_name, &plugin, &dead, &entry, why);
	if (status)
		return (int)status;

	status = run(plugin, entry, args, nr_args, &value);
	if (end_call(plugin, status))
		core_reap(plugin);
	if (status < 0)
		return core_refuse(why, (int)status,
				   "the monitor would not call %.60s of plugin %.40s (error %ld): "
				   "this kernel made a mistake, report it",
				   entry_name, name, -status);
	/* Killed after we had it and before it ran. */
	if (status == PLUGIN_STATUS_DEAD && !dead)
		status = PLUGIN_STATUS_KILLED;
	result->status = (uint32_t)status;
	result->value = status == PLUGIN_STATUS_OK ? value : 0;
	return 0;
}

int core_call(const char *name, const char *entry, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why)
{
	return core_call_id(name, 0, entry, args, nr_args, result, why);
}
