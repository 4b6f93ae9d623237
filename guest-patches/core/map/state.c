// SPDX-License-Identifier: GPL-2.0-only
/* See state.h. All maps are looked at with the lock held, so this is for tests. */
#include "life/registry.h"
#include "map/hash.h"
#include "map/state.h"
#include "map/version.h"

uint64_t core_map_changes;

/* The order of items in memory does not count, but that of records does. */
static uint32_t hash_map(struct core_map *map)
{
	uint32_t hash = map->id * 2654435761u, i;

	for (i = 0; i < map->nr_items; i++)
		if (core_item_at(map, i)->present)
			hash += core_hash(map->secret, core_item_at(map, i)->bytes,
					  map->key_size + map->value_size);
	for (i = 0; map->kind == CORE_MAP_RING && i < map->used; i++)
		hash = hash * 31 + core_hash(map->secret,
					     map->records + (size_t)((map->first + i) % map->max) *
								    map->value_size,
					     map->value_size);
	return hash;
}

struct core_maps_state core_maps_state(void)
{
	struct core_maps_state state = { .changes = core_map_changes };
	struct core_map *map;

	for (map = core_map_next(0); map; map = core_map_next(map->id))
		state.hash = state.hash * 31 + hash_map(map);
	return state;
}

static bool is_under_way(const struct core_transaction *transaction)
{
	const struct core_plugin *plugin;

	for (plugin = core_next(0); plugin; plugin = core_next(plugin->id))
		if (plugin->part.of == transaction)
			return true;
	return false;
}

static const char *versions_fault(const struct core_map *map)
{
	uint32_t staged = 0, adds = 0, nr_free = 0, i;
	const struct core_version *version;

	for (i = 0; i < map->nr_versions; i++) {
		version = (const struct core_version *)(map->versions + i * map->version_size);
		if (!version->owner)
			continue;
		if (!is_under_way(version->owner))
			return "a change or lock is of no call that is under way";
		staged++;
		adds += version->adds;
	}
	for (version = map->free_versions; version && nr_free <= map->nr_versions;
	     version = version->older)
		nr_free++;
	if (staged != *map->staged || staged + nr_free != map->nr_versions)
		return "versions are lost, or are counted wrong";
	if (adds != map->promised || map->used + adds > map->max)
		return "room is promised to no change";
	if (map->holder && !is_under_way(map->holder))
		return "the map is locked by no call that is under way";
	return NULL;
}

static const char *items_fault(const struct core_map *map)
{
	uint32_t present = 0, nr = 0, nr_free = 0, i;
	const struct core_item *item;

	for (i = 0; i < map->nr_items; i++) {
		item = core_item_at(map, i);
		present += item->present;
		if (item->holder && (!item->staged || !is_under_way(item->holder)))
			return "an entry is locked by no call that is under way";
		if (!item->holder && (item->staged || item->promised))
			return "an entry has a change of no call that is under way";
	}
	if (map->kind != CORE_MAP_RING && present != map->used)
		return "entries are counted wrong";
	for (item = map->free_items; item && nr_free <= map->nr_items; item = item->next)
		nr_free++;
	for (i = 0; i < map->nr_buckets; i++)
		for (item = map->buckets[i]; item && nr <= map->nr_items; item = item->next, nr++)
			if (!item->present && !item->staged)
				return "an entry is neither there nor changed";
	if (map->kind == CORE_MAP_HASH && nr + nr_free != map->nr_items)
		return "entries are lost";
	return NULL;
}

const char *core_maps_fault(void)
{
	const struct core_map *map;
	const char *fault = NULL;

	for (map = core_map_next(0); map && !fault; map = core_map_next(map->id)) {
		fault = versions_fault(map);
		if (!fault)
			fault = items_fault(map);
	}
	return fault;
}
