// SPDX-License-Identifier: GPL-2.0-only
/*
 * Staging of changes in maps, their commit and undo.
 *
 * When a transaction first changes or locks an item, the version that it stages takes the item's
 * lock; the lock is given back when that version is committed or undone. If the same call changes
 * the item again, the new value overwrites that version, also if the version was a lock only. If a
 * call nested in that call, or around it, changes the item, a version of its own is staged, because
 * the two calls may end differently.
 */
#include "life/registry.h"
#include "map/state.h"
#include "map/version.h"

static struct core_version *version_at(const struct core_map *map, uint32_t index)
{
	return (struct core_version *)(map->versions + (size_t)index * map->version_size);
}

static void give_back(struct core_map *map, struct core_version *version)
{
	version->owner = NULL;
	version->older = map->free_versions;
	map->free_versions = version;
	--*map->staged;
}

void core_versions_init(struct core_map *map)
{
	uint32_t i;

	*map->staged = map->nr_versions;
	for (i = map->nr_versions; i--;) {
		version_at(map, i)->map = map;
		give_back(map, version_at(map, i));
	}
}

struct core_transaction *core_item_holder(const struct core_map *map, const struct core_item *item,
					  const struct core_transaction *transaction)
{
	if (map->holder && map->holder != transaction)
		return map->holder;
	return item && item->holder != transaction ? item->holder : NULL;
}

/* Some transaction, other than @transaction, that has staged or locked something in the map; or NULL. */
static struct core_transaction *map_holder(const struct core_map *map,
					   const struct core_transaction *transaction)
{
	struct core_transaction *owner;
	uint32_t i;

	for (i = 0; i < map->nr_versions && *map->staged; i++) {
		owner = version_at(map, i)->owner;
		if (owner && owner != transaction)
			return owner;
	}
	return NULL;
}

struct core_item *core_item_staged_from(const struct core_map *map, uint32_t index,
					const struct core_transaction *transaction)
{
	struct core_item *at = core_item_at(map, index), *first = NULL, *item;
	uint32_t i;

	for (i = 0; transaction && i < map->nr_versions && *map->staged; i++) {
		item = version_at(map, i)->item;
		if (version_at(map, i)->owner == transaction && item && item >= at &&
		    (!first || item < first) && !item->present &&
		    core_item_look(map, item, transaction))
			first = item;
	}
	return first;
}

/* ---- the end of a change ---- */

_Static_assert(offsetof(struct core_version, change) == 0, "a change is a version");

static void commit_item(struct core_map *map, struct core_item *item,
			const struct core_version *version)
{
	if (version->kind == CORE_VERSION_SET)
		core_item_set(map, item, version->value);
	else
		core_item_unset(map, item);
}

static void commit_record(struct core_map *map, const struct core_version *version)
{
	size_t place = (map->first + map->used++) % map->max;

	memcpy(map->records + place * map->value_size, version->value, map->value_size);
}

/* The versions of one item are on a stack; the first of them has taken the item's lock. */
static inline void let_go(struct core_map *map, struct core_item *item,
			  struct core_version *version)
{
	item->staged = NULL;
	item->holder = NULL;
	item->slot->changing = 0;
	if (version->adds) {
		map->promised--;
		item->promised = false;
	}
	core_item_drop(map, item);
}

/* The same of a version that has no item: a record, or the lock of the whole map. */
static void let_go_of_map(struct core_map *map, const struct core_version *version)
{
	map->promised -= version->adds;
	if (version->locks)
		map->holder = NULL;
}

/* Not inlined, as an abort is to be quick and needs few registers. */
static __attribute__((__noinline__)) void commit(struct core_version *version)
{
	struct core_item *item = version->item;
	struct core_map *map = version->map;

	if (version->kind != CORE_VERSION_LOCK) {
		map->commits++;
		core_map_changes++;
		if (item)
			commit_item(map, item, version);
		else
			commit_record(map, version);
	}
	if (!item) {
		let_go_of_map(map, version);
	} else if (item->staged == version) {
		let_go(map, item, version);
	} else if (version->adds) {
		map->promised--;
		item->promised = false;
	}
	give_back(map, version);
}

/* In as few steps as possible: an abort undoes up to CORE_CHANGES_MAX at once. */
static void undo(struct core_version *version)
{
	struct core_item *item = version->item;
	struct core_map *map = version->map;

	if (version->kind != CORE_VERSION_LOCK)
		map->undos++;
	if (!item) {
		let_go_of_map(map, version);
	} else if (likely(!version->older)) {
		let_go(map, item, version);
	} else {
		item->staged = version->older;
		if (version->adds) {
			map->promised--;
			item->promised = false;
		}
	}
	give_back(map, version);
}

static void end(struct core_change *change, bool well)
{
	struct core_version *version = (struct core_version *)change;

	if (unlikely(well))
		commit(version);
	else
		undo(version);
}

/* ---- staging ---- */

/*
 * Is there a version for one more change of the transaction? 0; -ENOSPC: the transaction may have no
 * more; -EAGAIN: *@holder has some of them, and gives them back at its end.
 */
static int check_room(const struct core_map *map, const struct core_transaction *transaction,
		      struct core_transaction **holder)
{
	if (core_transaction_is_full(transaction))
		return -ENOSPC;
	if (map->free_versions)
		return 0;
	*holder = map_holder(map, transaction);
	return *holder ? -EAGAIN : -ENOSPC;
}

/* A new change of the plugin's call. There is room. */
static struct core_version *add(struct core_map *map, struct core_plugin *plugin,
				struct core_item *item, enum core_version_kind kind)
{
	struct core_version *version = map->free_versions;

	map->free_versions = version->older;
	++*map->staged;
	version->change.end = end;
	version->item = item;
	version->owner = plugin->part.of;
	version->older = item ? item->staged : NULL;
	version->number = plugin->part.number;
	version->kind = kind;
	version->locks = item && !item->holder;
	version->adds = false;
	if (item) {
		item->holder = plugin->part.of;
		item->staged = version;
		item->slot->changing = 1;
	}
	core_add_change(plugin->part.of, &version->change);
	return version;
}

static int refuse_full(struct core_map *map)
{
	map->full++;
	return -ENOSPC;
}

/* Stage a change of the item, which is free or the transaction's. */
static int stage(struct core_map *map, struct core_plugin *plugin, struct core_item *item,
		 enum core_version_kind kind, uint8_t **value)
{
	struct core_version *version = item->staged;
	bool adds = kind == CORE_VERSION_SET && !item->present && !item->promised;

	if (adds && map->used + map->promised >= map->max)
		return refuse_full(map);
	if (!version || version->number != plugin->part.number)
		version = add(map, plugin, item, kind);
	version->kind = kind;
	if (adds) {
		version->adds = item->promised = true;
		map->promised++;
	}
	if (value)
		*value = version->value;
	return 0;
}

/*
 * The item of the key, for a change by the plugin's transaction, and room for one more version
 * unless the call has changed the item before. NULL with *@err.
 */
static struct core_item *prepare(struct core_map *map, struct core_plugin *plugin,
				 const uint8_t *key, struct core_transaction **holder, int *err)
{
	struct core_transaction *transaction = core_take_part(plugin);
	struct core_item *item = map->kind == CORE_MAP_RING ? NULL : core_item_find(map, key);

	*err = item || map->kind == CORE_MAP_HASH ? 0 : -EINVAL;
	if (*err)
		return NULL;
	*holder = core_item_holder(map, item, transaction);
	if (*holder)
		*err = -EAGAIN;
	else if (!item || !item->staged || item->staged->number != plugin->part.number)
		*err = check_room(map, transaction, holder);
	if (*err)
		return NULL;
	return item ? item : core_item_add(map, key);
}

int core_map_set(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		 uint8_t **value, struct core_transaction **holder)
{
	struct core_item *item;
	int err;

	item = prepare(map, plugin, key, holder, &err);
	if (!item)
		return err;
	err = stage(map, plugin, item, CORE_VERSION_SET, value);
	if (err)
		core_item_drop(map, item);
	return err;
}

int core_map_unset(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		   struct core_transaction **holder)
{
	struct core_item *item;
	int err;

	if (map->kind != CORE_MAP_HASH)
		return -EINVAL;
	item = prepare(map, plugin, key, holder, &err);
	if (!item)
		return err;
	if (core_item_look(map, item, plugin->part.of))
		return stage(map, plugin, item, CORE_VERSION_UNSET, NULL);
	core_item_drop(map, item);
	return -ENOENT;
}

int core_map_push(struct core_map *map, struct core_plugin *plugin, uint8_t **record,
		  struct core_transaction **holder)
{
	struct core_transaction *transaction = core_take_part(plugin);
	struct core_version *version;
	int err = map->kind == CORE_MAP_RING ? check_room(map, transaction, holder) : -EINVAL;

	if (err)
		return err;
	*holder = core_item_holder(map, NULL, transaction);
	if (*holder)
		return -EAGAIN;
	if (map->used + map->promised >= map->max)
		return refuse_full(map);
	version = add(map, plugin, NULL, CORE_VERSION_RECORD);
	version->adds = true;
	map->promised++;
	*record = version->value;
	return 0;
}

/* ---- locks ---- */

static int lock_map(struct core_map *map, struct core_plugin *plugin,
		    struct core_transaction **holder)
{
	struct core_transaction *transaction = plugin->part.of;
	int err;

	*holder = map_holder(map, transaction);
	if (*holder)
		return -EAGAIN;
	err = check_room(map, transaction, holder);
	if (err)
		return err;
	add(map, plugin, NULL, CORE_VERSION_LOCK)->locks = true;
	map->holder = transaction;
	return 0;
}

int core_map_lock(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		  struct core_transaction **holder)
{
	struct core_item *item;
	int err;

	core_take_part(plugin);
	if (core_map_has_lock(map, plugin, key))
		return 0;
	if (!key)
		return lock_map(map, plugin, holder);
	item = prepare(map, plugin, key, holder, &err);
	if (!item)
		return err;
	add(map, plugin, item, CORE_VERSION_LOCK);
	return 0;
}

bool core_map_has_lock(const struct core_map *map, const struct core_plugin *plugin,
		       const uint8_t *key)
{
	const struct core_transaction *transaction = plugin->part.of;
	const struct core_item *item;

	if (!transaction)
		return false;
	if (!key)
		return map->holder == transaction;
	item = map->kind == CORE_MAP_RING ? NULL : core_item_find(map, key);
	return item && item->holder == transaction;
}
