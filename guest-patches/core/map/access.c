// SPDX-License-Identifier: GPL-2.0-only
/* What is done with maps: reads by plugins and processes, and changes by processes. */
#include "life/registry.h"
#include "map/state.h"
#include "map/version.h"
#include "transaction/wait.h"

/* ---- for services ---- */

const uint8_t *core_map_look(const struct core_map *map, const struct core_plugin *plugin,
			     const uint8_t *key, int *err)
{
	struct core_item *item = map->kind == CORE_MAP_RING ? NULL : core_item_find(map, key);
	const uint8_t *value =
		item ? core_item_look(map, item, core_seen_transaction(plugin)) : NULL;

	*err = value ? 0 : map->kind == CORE_MAP_HASH ? -ENOENT : -EINVAL;
	return value;
}

const uint8_t *core_map_key_after(const struct core_map *map, const struct core_plugin *plugin,
				  const uint8_t *key, int *err)
{
	struct core_item *item;
	uint32_t index = 0;

	*err = -EINVAL;
	if (map->kind == CORE_MAP_RING)
		return NULL;
	if (key) {
		item = core_item_find(map, key);
		*err = -ESTALE;
		if (!item)
			return NULL;
		index = core_item_index(map, item) + 1;
	}
	item = core_item_from(map, &index, map->nr_items, core_seen_transaction(plugin));
	*err = item ? 0 : -ENOENT;
	return item ? item->bytes : NULL;
}

/* ---- for processes ---- */

/* With the lock: the map, as its user takes it to be. NULL with *@err and a reason. */
static struct core_map *find(const struct core_map_use *use, bool ring, int *err,
			     struct core_reason *why)
{
	struct core_map *map = core_map_find(use->name);

	*err = 0;
	if (!map)
		*err = core_refuse_map(use->name, why);
	else if ((map->kind == CORE_MAP_RING) != ring)
		*err = core_refuse(why, -EINVAL,
				   ring ? "map %s is no ring, which has records" :
					  "map %s is a ring, which has no keys",
				   map->name);
	else if (map->key_size != use->key_size || map->value_size != use->value_size)
		*err = core_refuse(why, -EINVAL,
				   "map %s has keys of %u bytes and values of %u, not of %u and %u",
				   map->name, map->key_size, map->value_size, use->key_size,
				   use->value_size);
	return *err ? NULL : map;
}

static int refuse_key(const struct core_map *map, struct core_reason *why)
{
	if (map->kind == CORE_MAP_ARRAY)
		return core_refuse(why, -EINVAL, "map %s has the indices 0 to %u", map->name,
				   map->max - 1);
	return core_refuse(why, -ENOENT, "map %s has no such key", map->name);
}

int core_map_read(const struct core_map_use *use, const void *key, void *value,
		  struct core_reason *why)
{
	const uint8_t *from = NULL;
	struct core_map *map;
	struct core_item *item;
	int err;

	port_lock();
	map = find(use, false, &err, why);
	if (map) {
		item = core_item_find(map, key);
		from = item ? core_item_look(map, item, NULL) : NULL;
		if (from)
			memcpy(value, from, map->value_size);
		else
			err = refuse_key(map, why);
	}
	port_unlock();
	return err;
}

/*
 * With the lock, which is released while the caller waits: find the map, and its item for the key
 * if there is one, when no transaction has them. NULL with *@err and a reason: no map.
 */
static struct core_map *await_item(const struct core_map_use *use, const void *key,
				   struct core_item **item, int *err, struct core_reason *why)
{
	struct core_transaction *holder;
	struct core_map *map;

	for (;;) {
		map = find(use, false, err, why);
		if (!map)
			return NULL;
		*item = core_item_find(map, key);
		holder = core_item_holder(map, *item, NULL);
		if (!holder)
			return map;
		*err = core_wait_for(NULL, holder);
		if (!*err)
			continue;
		core_refuse(why, *err,
			    "a call that is under way has changed this in map %.40s, and the "
			    "caller gave up to wait: try again",
			    use->name);
		return NULL;
	}
}

/* Set the value of a key that no transaction has. */
static int write_item(struct core_map *map, struct core_item *item, const void *key,
		      const void *value, struct core_reason *why)
{
	if (!item && map->kind == CORE_MAP_ARRAY)
		return refuse_key(map, why);
	if (!item && map->used + map->promised >= map->max) {
		map->full++;
		return core_refuse(why, -ENOSPC,
				   "map %s is full, with %u entries: delete some, or create a "
				   "larger map",
				   map->name, map->max);
	}
	if (!item)
		item = core_item_add(map, key);
	core_item_set(map, item, value);
	core_map_changes++;
	return 0;
}

int core_map_write(const struct core_map_use *use, const void *key, const void *value,
		   struct core_reason *why)
{
	struct core_item *item;
	struct core_map *map;
	int err;

	port_lock();
	map = await_item(use, key, &item, &err, why);
	if (map)
		err = write_item(map, item, key, value, why);
	port_unlock();
	return err;
}

static int remove_item(struct core_map *map, struct core_item *item, struct core_reason *why)
{
	if (map->kind == CORE_MAP_ARRAY)
		return core_refuse(why, -EINVAL,
				   "map %s is an array, whose entries stay: set one instead",
				   map->name);
	if (!item)
		return refuse_key(map, why);
	core_item_unset(map, item);
	core_item_drop(map, item);
	core_map_changes++;
	return 0;
}

int core_map_remove(const struct core_map_use *use, const void *key, struct core_reason *why)
{
	struct core_item *item;
	struct core_map *map;
	int err;

	port_lock();
	map = await_item(use, key, &item, &err, why);
	if (map)
		err = remove_item(map, item, why);
	port_unlock();
	return err;
}

/* Items looked at before the lock is released for a moment, as interrupts are off with it. */
#define STEP 1024u

int core_map_walk(const struct core_map_use *use, uint32_t *place, void *key, void *value,
		  struct core_reason *why)
{
	struct core_item *item = NULL;
	struct core_map *map;
	bool ends;
	int err;

	do {
		port_lock();
		map = find(use, false, &err, why);
		ends = !map || *place >= map->nr_items;
		item = ends ? NULL : core_item_from(map, place, STEP, NULL);
		if (item) {
			memcpy(key, item->bytes, map->key_size);
			memcpy(value, core_item_value(map, item), map->value_size);
		}
		port_unlock();
	} while (!item && !ends);
	if (!err && !item)
		err = core_refuse(why, -ENOENT, "map %.40s has no further entry", use->name);
	return err;
}

int core_map_pop(const struct core_map_use *use, void *record, struct core_reason *why)
{
	struct core_map *map;
	int err;

	port_lock();
	map = find(use, true, &err, why);
	if (map && !map->used) {
		err = core_refuse(why, -ENODATA, "map %s has no record", map->name);
	} else if (map) {
		memcpy(record, map->records + (size_t)map->first * map->value_size,
		       map->value_size);
		map->first = (map->first + 1) % map->max;
		map->used--;
		core_map_changes++;
	}
	port_unlock();
	return err;
}
