// SPDX-License-Identifier: GPL-2.0-only
/* Maps from their creation to the end, and the handles that plugins have; see map.h. */
#include "life/registry.h"
#include "map/state.h"
#include "map/version.h"

static struct core_map *maps[CORE_MAPS_MAX];
static uint32_t last_id;
static size_t total; /* bytes of all maps */

const char *core_map_kind_name(uint32_t kind)
{
	static const char *const names[CORE_MAP_KINDS] = { "unknown", "hash", "array", "ring" };

	return names[kind < CORE_MAP_KINDS ? kind : 0];
}

struct core_map *core_map_find(const char *name)
{
	uint32_t i;

	for (i = 0; i < CORE_MAPS_MAX; i++)
		if (maps[i] && !strcmp(maps[i]->name, name))
			return maps[i];
	return NULL;
}

int core_refuse_map(const char *name, struct core_reason *why)
{
	return core_refuse(why, -ENOENT, "there is no map named %.40s: see plugctl map list", name);
}

struct core_map *core_map_next(uint32_t id)
{
	struct core_map *next = NULL;
	uint32_t i;

	for (i = 0; i < CORE_MAPS_MAX; i++)
		if (maps[i] && maps[i]->id > id && (!next || maps[i]->id < next->id))
			next = maps[i];
	return next;
}

/* ---- create and delete ---- */

static int check_sizes(const struct core_map_create *create, struct core_reason *why)
{
	bool is_hash = create->kind == CORE_MAP_HASH;
	uint32_t key = create->kind == CORE_MAP_ARRAY ? 4 : 0;

	if (!plg_name_valid(create->name))
		return core_refuse(why, -EINVAL,
				   "%.40s is not a map's name: use 1 to %u letters, digits, _ . - "
				   "and begin with none of the last two",
				   create->name, CORE_MAP_NAME_SIZE - 1);
	if (!create->kind || create->kind >= CORE_MAP_KINDS)
		return core_refuse(why, -EINVAL,
				   "there is no map of kind %u: use the <linux/ringfence.h> of "
				   "this kernel",
				   create->kind);
	if (is_hash && (!create->key_size || create->key_size > CORE_KEY_MAX))
		return core_refuse(why, -EINVAL, "keys of %u bytes: give 1 to %u", create->key_size,
				   CORE_KEY_MAX);
	if (!is_hash && create->key_size != key)
		return core_refuse(why, -EINVAL, "keys of %u bytes: those of this kind have %u",
				   create->key_size, key);
	if (!create->value_size || create->value_size > CORE_VALUE_MAX)
		return core_refuse(why, -EINVAL, "values of %u bytes: give 1 to %u",
				   create->value_size, CORE_VALUE_MAX);
	if (!create->max || create->max > CORE_MAP_ENTRIES_MAX)
		return core_refuse(why, -EINVAL, "a map for %u entries: give 1 to %u", create->max,
				   CORE_MAP_ENTRIES_MAX);
	return 0;
}

static uint32_t padded(uint32_t size)
{
	return (size + 7) & ~7u;
}

/* Words of core_map.present: an even number, as versions follow. */
static uint32_t words(uint32_t nr_items)
{
	return (nr_items + 63) / 64 * 2;
}

/* Set the sizes of the map's parts, and all their bytes. */
static void lay_out(struct core_map *map, const struct core_map_create *create)
{
	memcpy(map->name, create->name, strlen(create->name));
	map->kind = create->kind;
	map->key_size = create->key_size;
	map->value_size = create->value_size;
	map->max = create->max;
	/* As many as one transaction can use; in a small map more than one for each entry. */
	map->nr_versions = create->max < 8 ? 16 : CORE_CHANGES_MAX;
	map->version_size = padded(sizeof(struct core_version) + map->value_size);
	if (map->kind != CORE_MAP_RING) {
		map->item_size = padded(sizeof(struct core_item) + map->key_size + map->value_size);
		map->nr_items = map->max;
	}
	if (map->kind == CORE_MAP_HASH) {
		map->nr_items += map->nr_versions;
		for (map->nr_buckets = 1; map->nr_buckets < map->max; map->nr_buckets *= 2)
			;
	}
	map->bytes = padded(sizeof(*map)) + (size_t)map->nr_buckets * sizeof(*map->buckets) +
		     (size_t)map->nr_items * map->item_size +
		     (size_t)words(map->nr_items) * sizeof(*map->present) +
		     (size_t)map->nr_versions * map->version_size;
	if (map->kind == CORE_MAP_RING)
		map->bytes += (size_t)map->max * map->value_size;
	map->block = map->bytes;
	map->bytes += core_table_bytes(map);
}

/* The parts begin behind the structure, in the order of their alignment. */
static void link_parts(struct core_map *map)
{
	uint8_t *at = (uint8_t *)map + padded(sizeof(*map));

	map->buckets = (struct core_item **)at;
	at += (size_t)map->nr_buckets * sizeof(*map->buckets);
	map->items = at;
	at += (size_t)map->nr_items * map->item_size;
	map->present = (uint32_t *)at;
	at += (size_t)words(map->nr_items) * sizeof(*map->present);
	map->versions = at;
	at += (size_t)map->nr_versions * map->version_size;
	map->records = at;
	map->staged = map->table ? &map->table->head->staged : &map->staged_records;
	core_items_init(map);
	core_versions_init(map);
	port_random(map->secret, sizeof(map->secret));
}

/* With the lock: list the map, or refuse. */
static int enlist(struct core_map *map, struct core_reason *why)
{
	uint32_t slot;

	if (core_map_find(map->name))
		return core_refuse(why, -EEXIST,
				   "a map named %s is there already: delete it first, or give "
				   "another name",
				   map->name);
	for (slot = 0; slot < CORE_MAPS_MAX && maps[slot]; slot++)
		;
	if (slot == CORE_MAPS_MAX)
		return core_refuse(why, -ENOSPC, "there are %u maps already: delete one",
				   CORE_MAPS_MAX);
	if (total + map->bytes > CORE_MAPS_BYTES_MAX)
		return core_refuse(why, -ENOSPC,
				   "all maps may have %u KiB, and have %u: delete one, or create a "
				   "smaller one",
				   CORE_MAPS_BYTES_MAX / 1024, (uint32_t)(total / 1024));
	total += map->bytes;
	map->slot = slot;
	map->id = ++last_id;
	maps[slot] = map;
	core_map_changes++;
	return 0;
}

static void free_map(struct core_map *map)
{
	core_tables_free();
	port_free(map);
}

int core_map_create(const struct core_map_create *create, uint32_t *id, struct core_reason *why)
{
	struct core_map sizes = { 0 };
	struct core_map *map;
	int err;

	err = check_sizes(create, why);
	if (err)
		return err;
	lay_out(&sizes, create);
	if (sizes.bytes > CORE_MAP_BYTES_MAX)
		return core_refuse(why, -E2BIG,
				   "the map would have %u KiB, more than %u: create a smaller one",
				   (uint32_t)(sizes.bytes / 1024), CORE_MAP_BYTES_MAX / 1024);
	map = port_alloc(sizes.block);
	if (map)
		*map = sizes;
	if (!map || core_table_make(map)) {
		port_free(map);
		return core_refuse(why, -ENOMEM,
				   "there is no memory for a map of %u KiB: free some",
				   (uint32_t)(sizes.bytes / 1024));
	}
	link_parts(map);
	port_lock();
	err = enlist(map, why);
	if (!err)
		*id = map->id;
	else
		core_table_leave(map);
	port_unlock();
	if (err)
		free_map(map);
	return err;
}

int core_map_delete(const char *name, struct core_reason *why)
{
	struct core_map *map;
	int err = 0;

	port_lock();
	map = core_map_find(name);
	if (!map)
		err = core_refuse_map(name, why);
	else if (*map->staged)
		err = core_refuse(why, -EBUSY,
				  "a call that is under way has changed or locked something in map "
				  "%s: try again when it is over",
				  name);
	if (!err) {
		maps[map->slot] = NULL;
		total -= map->bytes;
		core_map_changes++;
		core_table_leave(map);
	}
	port_unlock();
	if (!err)
		free_map(map);
	return err;
}

/* ---- handles ---- */

#define USES (1u << 26) /* handles are above 0 as an int */

static uint32_t handle_at(const struct core_plugin *plugin, uint32_t i)
{
	return plugin->handles.of[i].uses * CORE_HANDLES + i + 1;
}

int core_map_open(struct core_plugin *plugin, const struct core_map_create *like)
{
	const struct core_map *map = core_map_find(like->name);
	uint32_t i, free = CORE_HANDLES;
	int err;

	if (!map)
		return -ENOENT;
	if (map->kind != like->kind || map->key_size != like->key_size ||
	    map->value_size != like->value_size)
		return -EINVAL;
	for (i = 0; i < CORE_HANDLES; i++) {
		if (plugin->handles.of[i].id == map->id)
			return (int)handle_at(plugin, i);
		if (free == CORE_HANDLES && !core_map_of(plugin, handle_at(plugin, i), &err))
			free = i; /* not open, or of a map that was deleted */
	}
	if (free == CORE_HANDLES)
		return -EMFILE;
	if (plugin->handles.of[free].id)
		plugin->handles.of[free].uses = (plugin->handles.of[free].uses + 1) % USES;
	core_view_close(&plugin->handles.of[free].view);
	plugin->handles.of[free].id = map->id;
	plugin->handles.of[free].slot = map->slot;
	return (int)handle_at(plugin, free);
}

struct core_map *core_map_of(const struct core_plugin *plugin, uint32_t handle, int *err)
{
	uint32_t i = (handle - 1) % CORE_HANDLES, id = plugin->handles.of[i].id;
	uint32_t slot = plugin->handles.of[i].slot;

	*err = -EBADF;
	if (!handle || !id || handle > handle_at(plugin, i))
		return NULL;
	*err = -ESTALE;
	if (handle != handle_at(plugin, i))
		return NULL;
	return maps[slot] && maps[slot]->id == id ? maps[slot] : NULL;
}
