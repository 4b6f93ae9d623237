// SPDX-License-Identifier: GPL-2.0-only
/* The items of a hash or array; see item.h. */
#include "map/hash.h"
#include "map/version.h"

/* Set item->present, and count in map->used. */
static void set_present(struct core_map *map, struct core_item *item, bool present)
{
	uint32_t index = core_item_index(map, item);

	if (item->present == present)
		return;
	item->present = present;
	map->used += present ? 1 : -1;
	map->present[index / 32] ^= 1u << index % 32;
}

void core_item_set(struct core_map *map, struct core_item *item, const uint8_t *value)
{
	set_present(map, item, true);
	memcpy(core_item_value(map, item), value, map->value_size);
	core_table_show(map, item);
}

void core_item_unset(struct core_map *map, struct core_item *item)
{
	if (!item->present)
		return;
	set_present(map, item, false);
	core_table_hide(map, item);
}

void core_items_init(struct core_map *map)
{
	struct core_item *item;
	uint32_t i;

	for (i = map->nr_items; i--;) {
		item = core_item_at(map, i);
		item->slot = plugin_map_slot_at(map->table->head, i);
		if (map->kind == CORE_MAP_ARRAY) {
			memcpy(item->bytes, &i, sizeof(i));
			set_present(map, item, true);
		} else {
			item->next = map->free_items;
			map->free_items = item;
		}
	}
}

static struct core_item *element(const struct core_map *map, const uint8_t *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index < map->max ? core_item_at(map, index) : NULL;
}

static struct core_item **bucket_of(const struct core_map *map, uint32_t hash)
{
	return &map->buckets[hash & (map->nr_buckets - 1)];
}

struct core_item *core_item_find(const struct core_map *map, const uint8_t *key)
{
	struct core_item *item;
	uint32_t hash;

	if (map->kind == CORE_MAP_ARRAY)
		return element(map, key);
	hash = core_hash(map->secret, key, map->key_size);
	for (item = *bucket_of(map, hash); item; item = item->next)
		if (item->hash == hash && !memcmp(item->bytes, key, map->key_size))
			return item;
	return NULL;
}

/*
 * A free item is there: of the max + nr_versions items at most max are present, each other one
 * has a version of its own, and one version is free.
 */
struct core_item *core_item_add(struct core_map *map, const uint8_t *key)
{
	uint32_t hash = core_hash(map->secret, key, map->key_size);
	struct core_item *item = map->free_items;

	map->free_items = item->next;
	item->hash = hash;
	memcpy(item->bytes, key, map->key_size);
	item->link = bucket_of(map, hash);
	item->next = *item->link;
	if (item->next)
		item->next->link = &item->next;
	*item->link = item;
	return item;
}

const uint8_t *core_item_look(const struct core_map *map, struct core_item *item,
			      const struct core_transaction *transaction)
{
	const struct core_version *staged = item->staged;

	if (staged && transaction && item->holder == transaction &&
	    staged->kind != CORE_VERSION_LOCK)
		return staged->kind == CORE_VERSION_SET ? staged->value : NULL;
	return item->present ? core_item_value(map, item) : NULL;
}

struct core_item *core_item_from(const struct core_map *map, uint32_t *index, uint32_t most,
				 const struct core_transaction *transaction)
{
	struct core_item *own = core_item_staged_from(map, *index, transaction), *item;
	uint32_t word;

	for (; *index < map->nr_items && most; most--) {
		word = map->present[*index / 32] >> *index % 32;
		if (!word) {
			*index = (*index / 32 + 1) * 32;
			continue;
		}
		*index += (uint32_t)__builtin_ctz(word);
		item = core_item_at(map, (*index)++);
		if (own && own < item)
			break;
		if (core_item_look(map, item, transaction))
			return item;
	}
	if (own)
		*index = core_item_index(map, own) + 1;
	return own;
}
