/* SPDX-License-Identifier: GPL-2.0-only */
/* Versions: the staged changes of maps. See transaction/transaction.h. */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#include "map/item.h"

enum core_version_kind {
	CORE_VERSION_LOCK,   /* changes nothing */
	CORE_VERSION_SET,    /* of an item: its value */
	CORE_VERSION_UNSET,  /* of an item: it is not present */
	CORE_VERSION_RECORD, /* of a ring: one record more */
};

struct core_version {
	struct core_change change; /* the first member, see version.c */
	struct core_map *map;
	struct core_item *item;		/* NULL: of a ring, or the lock of the whole map */
	struct core_transaction *owner; /* NULL: free */
	struct core_version *older;	/* staged before, of the same item; or the next free one */
	uint64_t number;		/* core_part.number of the call that staged it */
	enum core_version_kind kind;
	bool locks; /* has taken the lock of the item, or of the map */
	bool adds;  /* counts in core_map.promised */
	uint8_t value[] __attribute__((aligned(4)));
};

/* Link the versions of a new map. */
void core_versions_init(struct core_map *map);

/*
 * The transaction, other than @transaction, that has locked the whole map, or the item if @item is
 * not NULL; NULL: none has.
 */
struct core_transaction *core_item_holder(const struct core_map *map, const struct core_item *item,
					  const struct core_transaction *transaction);

/*
 * Of the items from @index on whose keys @transaction adds to the map, the one with the lowest
 * index; NULL: the transaction adds none there.
 */
struct core_item *core_item_staged_from(const struct core_map *map, uint32_t index,
					const struct core_transaction *transaction);

#endif /* CORE_VERSION_H */
