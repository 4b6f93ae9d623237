// SPDX-License-Identifier: GPL-2.0-only
/* The list of plugins, the hash tables by name and by id, and references; see registry.h. */
#include "life/life.h"

#define BUCKETS 8192u /* one or two plugins in each with 10,000 plugins */

static struct core_plugin *first, *last;
static struct core_plugin *by_name[BUCKETS], *by_id[BUCKETS];
static uint32_t last_id;

const char *core_state_name(enum core_plugin_state state)
{
	static const char *const names[] = {
		"loading", "idle", "busy", "dead", "unloading", "gone"
	};

	return names[state];
}

const char *core_mode_name(uint32_t mode)
{
	static const char *const names[] = { "unknown", "segment", "page", "unguarded" };

	return names[mode < sizeof(names) / sizeof(names[0]) ? mode : 0];
}

/* FNV-1a. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash;
}

static struct core_plugin **name_bucket(uint32_t hash)
{
	return &by_name[(hash ^ hash >> 16) % BUCKETS];
}

static struct core_plugin **id_bucket(uint32_t id)
{
	return &by_id[id % BUCKETS];
}

struct core_plugin *core_find(const char *name)
{
	uint32_t hash = hash_of(name);
	struct core_plugin *plugin;

	/* Plugins of one bucket are told apart by their hashes; their names are rarely compared. */
	for (plugin = *name_bucket(hash); plugin; plugin = plugin->next_in_name_bucket)
		if (plugin->name_hash == hash && !strcmp(plugin->name, name))
			return plugin;
	return NULL;
}

struct core_plugin *core_find_id(uint32_t id)
{
	struct core_plugin *plugin;

	for (plugin = *id_bucket(id); plugin; plugin = plugin->same_id_hash)
		if (plugin->id == id)
			return plugin;
	return NULL;
}

/*
 * Constant time if @id is 0 or names a listed plugin. Only if that plugin has left the list
 * since, the list is searched from its begin.
 */
struct core_plugin *core_next(uint32_t id)
{
	struct core_plugin *plugin = core_find_id(id);

	if (plugin)
		return plugin->next;
	for (plugin = first; plugin && plugin->id < id; plugin = plugin->next)
		;
	return plugin;
}

bool core_release(struct core_plugin *plugin)
{
	return !--plugin->refs;
}

struct core_plugin *core_get(const char *name)
{
	struct core_plugin *plugin;

	port_lock();
	plugin = core_find(name);
	if (plugin)
		plugin->refs++;
	port_unlock();
	return plugin;
}

void core_put(struct core_plugin *plugin)
{
	bool was_last;

	port_lock();
	was_last = core_release(plugin);
	port_unlock();
	if (was_last)
		core_free_plugin(plugin);
}

/*
 * Copy the bytes of text at the EIP of the last fault to @code, at most @size. Returns how
 * many: fewer at the end of text, 0 if EIP is outside.
 */
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

/*
 * query.refused counts modulo 2^32. A plugin that the monitor has not created yet, or has
 * destroyed, has only the core's own count.
 */
uint64_t core_refused(const struct core_plugin *plugin)
{
	struct plugin_query query;

	memset(&query, 0, sizeof(query));
	if (!plugin->handle || port_plugin_query(plugin->handle, &query))
		query.refused = 0;
	return plugin->rejected + query.refused;
}

void core_used(const struct core_plugin *plugin, struct core_used *used)
{
	uint64_t wall = plugin->used.wall;

	if (plugin->caller)
		wall += port_clock() - plugin->began;
	used->cpu_ns = port_cycles_ns(plugin->used.cpu);
	used->wall_ns = port_cycles_ns(wall);
	used->service_ns = port_cycles_ns(plugin->used.service);
}

static void take_name(struct core_plugin *plugin)
{
	struct core_plugin **bucket;

	plugin->name_hash = hash_of(plugin->name);
	bucket = name_bucket(plugin->name_hash);
	plugin->next_in_name_bucket = *bucket;
	*bucket = plugin;
	plugin->nameless = false;
}

static void lose_name(struct core_plugin *plugin)
{
	struct core_plugin **link;

	link = name_bucket(plugin->name_hash);
	while (*link != plugin)
		link = &(*link)->next_in_name_bucket;
	*link = plugin->next_in_name_bucket;
	plugin->nameless = true;
}

void core_pass_name(struct core_plugin *from, struct core_plugin *to)
{
	lose_name(from);
	take_name(to);
}

static void enlist(struct core_plugin *plugin)
{
	struct core_plugin **bucket;

	plugin->id = ++last_id;
	bucket = id_bucket(plugin->id);
	plugin->same_id_hash = *bucket;
	*bucket = plugin;
	plugin->prev = last;
	if (last)
		last->next = plugin;
	else
		first = plugin;
	last = plugin;
	if (!plugin->nameless)
		take_name(plugin);
	plugin->refs = 1;
}

int core_enlist(struct core_plugin *plugin, struct core_reason *why)
{
	int err = 0;

	port_lock();
	if (plugin->nameless) {
		if (!core_find(plugin->name))
			err = core_refuse_name(plugin->name, why);
	} else if (core_find(plugin->name)) {
		err = core_refuse(why, -EEXIST,
				  "a plugin named %s is already loaded: unload it first, "
				  "replace it, or load this one under another name",
				  plugin->name);
	}
	if (!err)
		enlist(plugin);
	port_unlock();
	return err;
}

void core_delist(struct core_plugin *plugin)
{
	struct core_plugin **link;

	port_lock();
	if (!plugin->nameless)
		lose_name(plugin);
	for (link = id_bucket(plugin->id); *link != plugin; link = &(*link)->same_id_hash)
		;
	*link = plugin->same_id_hash;
	if (plugin->prev)
		plugin->prev->next = plugin->next;
	else
		first = plugin->next;
	if (plugin->next)
		plugin->next->prev = plugin->prev;
	else
		last = plugin->prev;
	plugin->state = CORE_GONE;
	port_unlock();
}

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

bool core_is_stale(const struct core_plugin *plugin, bool bound)
{
	return plugin->nameless || (bound && plugin->state == CORE_UNLOADING);
}

int core_refuse_stale(const struct core_plugin *plugin, struct core_reason *why)
{
	return core_refuse(why, -ESTALE,
			   "plugin %s was replaced or unloaded meanwhile: look for it again",
			   plugin->name);
}
