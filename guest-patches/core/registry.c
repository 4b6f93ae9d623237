// SPDX-License-Identifier: GPL-2.0-only
/* The list of plugins; see registry.h. */
#include "lifetime.h"

static struct core_plugin *plugins; /* ascending ids */
static uint32_t last_id;

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

/* The instruction that the last fault was at. */
static uint32_t copy_code(const struct core_plugin *plugin, uint8_t *code, uint32_t size)
{
	uint32_t nr = 0, at = plugin->fault.eip - PLUGIN_TEXT_BASE;

	for (; nr < size && at < plugin->nr_text * 4096 && at / 4096 < plugin->nr_frames;
	     nr++, at++)
		code[nr] = ((const uint8_t *)plugin->frames[at / 4096].address)[at % 4096];
	return nr;
}

void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context)
{
	uint32_t data = 1 + plugin->nr_text + plugin->nr_rodata;
	uint32_t stack = data + plugin->nr_data + 1;

	context->plugin = plugin->name;
	context->symbols = &plugin->symbols;
	context->lines = &plugin->lines;
	context->text_limit = plugin->text_limit;
	context->data_limit = plugin->data_limit;
	context->budget_us = plugin->call_budget_us;
	context->cause = plugin->cause;
	context->limit_us = plugin->limit_us;
	context->data = data * 4096;
	context->stack = stack * 4096;
	context->stack_end = (stack + plugin->nr_stack) * 4096;
	context->heap_pages = plugin->nr_heap;
	context->code_size = copy_code(plugin, context->code, sizeof(context->code));
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

void core_used(const struct core_plugin *plugin, struct core_used *used)
{
	*used = plugin->used;
	if (plugin->caller)
		used->wall_ns += core_clock() - plugin->began;
}

unsigned int core_depth(uintptr_t caller)
{
	const struct core_plugin *plugin;
	unsigned int depth = 0;

	for (plugin = plugins; plugin; plugin = plugin->next)
		depth += plugin->caller == caller;
	return depth;
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
