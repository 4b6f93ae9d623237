/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The items of a hash or array: keys, with the committed value. An item of a hash exists while
 * its key is in the map, is locked, or has a staged change. The lock is held for all functions.
 */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include "map/map.h"

struct core_item {
	struct core_item *next;		 /* in the bucket, or of the free ones */
	struct core_item **link;	 /* in the bucket: what points to this one */
	struct core_version *staged;	 /* the holder's newest; NULL: there is no holder */
	struct core_transaction *holder; /* has the lock; or NULL */
	uint32_t hash;
	bool present;  /* the committed map has the key */
	bool promised; /* counts in core_map.promised: a staged change adds the key */
	bool shown;    /* of a hash: its slot is in a bucket */
	struct plugin_map_slot *slot; /* of the table */
	uint8_t bytes[];	      /* key, value */
};

static inline struct core_item *core_item_at(const struct core_map *map, uint32_t index)
{
	return (struct core_item *)(map->items + (size_t)index * map->item_size);
}

static inline uint32_t core_item_index(const struct core_map *map, const struct core_item *item)
{
	return (uint32_t)(((const uint8_t *)item - map->items) / map->item_size);
}

static inline uint8_t *core_item_value(const struct core_map *map, struct core_item *item)
{
	return item->bytes + map->key_size;
}

/* Link the items of a new map. */
void core_items_init(struct core_map *map);
/* The item of the key; NULL: there is none, or it is no index of the array. */
struct core_item *core_item_find(const struct core_map *map, const uint8_t *key);
/* A new item of a hash, not present, for a key that has none. There is a free version for it. */
struct core_item *core_item_add(struct core_map *map, const uint8_t *key);
/* Free an item of a hash. */
static inline void core_item_free(struct core_map *map, struct core_item *item)
{
	struct core_item *next = item->next;

	*item->link = next;
	if (next)
		next->link = item->link;
	item->next = map->free_items;
	map->free_items = item;
}

/* Free the item if nothing is there that it stands for. */
static inline void core_item_drop(struct core_map *map, struct core_item *item)
{
	if (!item->present && !item->staged)
		core_item_free(map, item);
}

/* Commit the value of the item. */
void core_item_set(struct core_map *map, struct core_item *item, const uint8_t *value);
/* Commit that a hash has the item's key no more. */
void core_item_unset(struct core_map *map, struct core_item *item);

/* The value that the transaction sees, or everybody with NULL. NULL: the key is not there. */
const uint8_t *core_item_look(const struct core_map *map, struct core_item *item,
			      const struct core_transaction *transaction);
/*
 * Find the first item from @*index on whose key the transaction sees in the map, and set *@index to
 * the index behind that item. NULL: there is none, or none among the first @most items and groups
 * of absent items; *@index is behind those. Interrupts are off meanwhile, so absent items are passed
 * over 32 at a time.
 */
struct core_item *core_item_from(const struct core_map *map, uint32_t *index, uint32_t most,
				 const struct core_transaction *transaction);

#endif /* CORE_ITEM_H */
