// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the facts about a plugin. The list in <linux/ringfence_facts.h> says which facts are
 * members of struct core_plugin (MEMBER); each other fact has a function read_NAME() here.
 * A fact without its member or its function does not compile.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "facts.h"

static_assert(RINGFENCE_NAME_SIZE == PLG_NAME_SIZE);
static_assert(RINGFENCE_VERSION_SIZE == PLG_VERSION_SIZE);
static_assert(RINGFENCE_DESCRIPTION_SIZE == PLG_DESCRIPTION_SIZE);
static_assert(RINGFENCE_SERVICES_WORDS * 32 == PLUGIN_SERVICES_MAX);
static_assert(RINGFENCE_STATE_UNLOADING == (int)CORE_UNLOADING);

static u32 bytes(u32 pages)
{
	return pages * PAGE_SIZE;
}

static u32 read_text(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_text);
}

static u32 read_rodata(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_rodata);
}

static u32 read_data(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_data - plugin->nr_heap);
}

static u32 read_heap(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_heap);
}

static u32 read_stack(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_stack);
}

static u32 read_window_room(const struct core_plugin *plugin)
{
	return bytes(plugin->nr_window);
}

static u32 read_windows(const struct core_plugin *plugin)
{
	return plugin->nr_windows;
}

static u32 read_last_status(const struct core_plugin *plugin)
{
	return plugin->fault.status;
}

static const char *read_version(const struct core_plugin *plugin)
{
	return plugin->about.version;
}

static const char *read_description(const struct core_plugin *plugin)
{
	return plugin->about.description;
}

static u64 read_refused(const struct core_plugin *plugin)
{
	return core_refused(plugin);
}

static const u32 *read_services(const struct core_plugin *plugin)
{
	return plugin->services.allowed;
}

static u32 read_strikes(const struct core_plugin *plugin)
{
	return plugin->services.strikes;
}

static u64 read_cpu_used_us(const struct core_plugin *plugin)
{
	struct core_used used;

	core_used(plugin, &used);
	return div_u64(used.cpu_ns, NSEC_PER_USEC);
}

static u64 read_wall_used_us(const struct core_plugin *plugin)
{
	struct core_used used;

	core_used(plugin, &used);
	return div_u64(used.wall_ns, NSEC_PER_USEC);
}

static u64 read_service_used_us(const struct core_plugin *plugin)
{
	struct core_used used;

	core_used(plugin, &used);
	return div_u64(used.service_ns, NSEC_PER_USEC);
}

/* The value of a fact, by its source. */
#define VALUE_MEMBER(name)   plugin->name
#define VALUE_COMPUTED(name) read_##name(plugin)
#define VALUE_NOTHING(name)  0

/* Sets a field, by its type. A number must fit. */
#define SET_U32(field, value)                      \
	do {                                       \
		static_assert(sizeof(value) <= 4); \
		field = value;                     \
	} while (0)
#define SET_U64(field, value)	      field = value
#define SET_NAME(field, value)	      strscpy_pad(field, value, sizeof(field))
#define SET_VERSION(field, value)     strscpy_pad(field, value, sizeof(field))
#define SET_DESCRIPTION(field, value) strscpy_pad(field, value, sizeof(field))
#define SET_SERVICES(field, value)    memcpy(field, value, sizeof(field))

#define READ_FACT(type, name, source, meaning, place, description) \
	SET_##type(show->name, VALUE_##source(name));

void facts_read(const struct core_plugin *plugin, struct ringfence_show *show)
{
	RINGFENCE_PLUGIN_FACTS(READ_FACT)
}
