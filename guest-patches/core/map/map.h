/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps: tables in the kernel that plugins and processes share.
 *
 * A process creates a map and deletes it. Until then it lives on, whatever becomes of the plugins
 * that use it. A plugin opens it by its name and gets a handle, a small number of that plugin's
 * alone. All memory of a map is allocated when it is created, so nothing that is done with it
 * sleeps for memory or fails half-way.
 *
 * kind	 keys				 entries
 * hash	 any bytes of key_size		 at most max, which come and go
 * array indices from 0 to max - 1	 max, zeroes at first
 * ring	 none				 at most max records, which processes take off the front
 *
 * What a plugin changes is staged in its transaction (transaction/transaction.h): only the
 * transaction itself reads it before the commit. An entry that is staged or locked is the
 * transaction's until its end, and the whole map with core_map_lock(); records of a ring need no
 * lock. What a process changes is committed at once, and waits for the transaction that has the
 * entry. Readers never wait.
 *
 * The lock (life/registry.h) guards all maps.
 */
#ifndef CORE_MAP_H
#define CORE_MAP_H

#include "map/table.h"
#include "reason.h"
#include "transaction/transaction.h"

#define CORE_MAP_NAME_SIZE   PLG_NAME_SIZE
#define CORE_KEY_MAX	     64u  /* bytes of a key */
#define CORE_VALUE_MAX	     256u /* bytes of a value or record */
#define CORE_MAP_ENTRIES_MAX (1u << 16)
#define CORE_MAP_BYTES_MAX   (8u << 20)	 /* of one map */
#define CORE_MAPS_BYTES_MAX  (32u << 20) /* of all maps */
#define CORE_MAPS_MAX	     64u
#define CORE_HANDLES	     16u /* maps that a plugin can have open */

enum core_map_kind { CORE_MAP_HASH = 1, CORE_MAP_ARRAY, CORE_MAP_RING, CORE_MAP_KINDS };

struct core_item;    /* a key of a hash or array, with its value; see item.h */
struct core_version; /* a staged change of an item; see version.h */

struct core_map {
	uint32_t id;   /* never given twice */
	uint32_t slot; /* in the table of maps */
	char name[CORE_MAP_NAME_SIZE];
	enum core_map_kind kind;
	uint32_t key_size, value_size; /* key_size of an array: 4; of a ring: 0 */
	uint32_t max;
	uint32_t used;	   /* entries or records, committed */
	uint32_t promised; /* the staged changes may add so many; used + promised <= max */
	/* Versions that are not in the list of free ones; a word that plugins see, if there is a table. */
	uint32_t *staged;
	size_t block;			 /* bytes of the one block of memory */
	size_t bytes;			 /* of all memory of the map, its table included */
	uint64_t commits, undos;	 /* changes that were committed, and undone */
	uint64_t full;			 /* changes that were refused for want of room */
	struct core_transaction *holder; /* has locked the whole map; or NULL */
	uint32_t secret[2];		 /* of the hash */
	/* The following, but for the table, are parts of the map's one block of memory. */
	struct core_item **buckets; /* hash: a power of two, at least max */
	uint32_t nr_buckets;
	uint8_t *items; /* hash: max + nr_versions; array: max */
	uint32_t item_size, nr_items;
	uint32_t *present; /* a bit for each item, as item->present */
	struct core_item *free_items;
	struct core_table *table; /* hash or array: what plugins see of it */
	uint8_t *versions;
	uint32_t version_size, nr_versions;
	struct core_version *free_versions;
	uint8_t *records;	 /* ring: max, each of value_size bytes */
	uint32_t first;		 /* of the records */
	uint32_t staged_records; /* ring: what `staged` points to */
};

/*
 * Maps that a plugin has open; a member of the plugin. A handle is uses * CORE_HANDLES plus the index
 * here plus one, so that the handle of a map that was deleted does not become another map's.
 */
struct core_handles {
	struct {
		uint32_t id; /* 0: not open */
		uint32_t slot;
		uint32_t uses; /* by maps that were deleted */
		struct core_table_view view;
	} of[CORE_HANDLES];
};

struct core_map_create {
	const char *name;
	uint32_t kind, key_size, value_size, max;
};

/*
 * Create a map; *@id is its id. May sleep. 0 or an errno with a reason: -EINVAL (name, kind,
 * sizes), -EEXIST, -E2BIG (one map of this size), -ENOSPC (all maps), -ENOMEM.
 */
int core_map_create(const struct core_map_create *create, uint32_t *id, struct core_reason *why);
/* Delete a map. May sleep. -ENOENT; -EBUSY: a transaction has changed or locked something in it. */
int core_map_delete(const char *name, struct core_reason *why);

/* With the lock: the map that has the name, or NULL. */
struct core_map *core_map_find(const char *name);
/* -ENOENT: no map has the name. */
int core_refuse_map(const char *name, struct core_reason *why);
/* With the lock: the map with the lowest id above @id, or NULL. */
struct core_map *core_map_next(uint32_t id);
const char *core_map_kind_name(uint32_t kind);

/* ---- for processes; each takes the lock ---- */

/*
 * A map's name, and the sizes that the caller takes its keys and values to have. -ENOENT; -EINVAL
 * (other sizes or kind); errno as the function says; each with a reason.
 */
struct core_map_use {
	const char *name;
	uint32_t key_size, value_size;
};

/* Copy the committed value of the key to @value. -ENOENT: there is none. Does not sleep. */
int core_map_read(const struct core_map_use *use, const void *key, void *value,
		  struct core_reason *why);
/*
 * Set the value of the key. Waits for a transaction that has the entry or the map, as wait.h says;
 * -EINTR: a fatal signal ended the wait. -ENOSPC: the map is full.
 */
int core_map_write(const struct core_map_use *use, const void *key, const void *value,
		   struct core_reason *why);
/* Remove the key of a hash. As core_map_write(). -ENOENT: it is not there. */
int core_map_remove(const struct core_map_use *use, const void *key, struct core_reason *why);
/*
 * Copy the first entry at or behind *@place, which is 0 for the first of all, and set *@place
 * behind it. -ENOENT, without a reason in the map's name: there is no further one. Entries that
 * come and go meanwhile may be missed; no other is missed or met twice.
 */
int core_map_walk(const struct core_map_use *use, uint32_t *place, void *key, void *value,
		  struct core_reason *why);
/* Take the oldest record off a ring. -ENODATA: it has none. */
int core_map_pop(const struct core_map_use *use, void *record, struct core_reason *why);

/* ---- for services: @plugin is BUSY for the caller; the lock is held ---- */

/*
 * Open the map for the plugin. The handle, above 0, which is the same if the plugin has it open
 * already; -ENOENT; -EINVAL: the map has another kind or other sizes than in @like; -EMFILE: the
 * plugin has too many open.
 */
int core_map_open(struct core_plugin *plugin, const struct core_map_create *like);
/* The map of a handle, or NULL with *@err: -EBADF (no handle), -ESTALE (the map was deleted). */
struct core_map *core_map_of(const struct core_plugin *plugin, uint32_t handle, int *err);

/*
 * The functions below see the map as the plugin's transaction does. If another transaction has
 * what they need, be it only room to stage one more change, they return -EAGAIN, and *@holder is that transaction: the caller calls
 * core_wait_for() and begins again with core_map_of(). No function changes anything if it returns
 * an errno. -EINVAL: not with this kind of map, or the index is not below max. -ENOSPC: the map
 * is full, or the transaction has CORE_CHANGES_MAX changes, or all that this map can stage.
 */

/* The value of the key; NULL with *@err: -ENOENT, -EINVAL. */
const uint8_t *core_map_look(const struct core_map *map, const struct core_plugin *plugin,
			     const uint8_t *key, int *err);
/* Stage a new value of the key; the caller writes it to *@value before it releases the lock. */
int core_map_set(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		 uint8_t **value, struct core_transaction **holder);
/* Stage the removal of the key of a hash. -ENOENT. */
int core_map_unset(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		   struct core_transaction **holder);
/* Stage a record behind those of a ring, as core_map_set(). */
int core_map_push(struct core_map *map, struct core_plugin *plugin, uint8_t **record,
		  struct core_transaction **holder);
/* Lock a key, which need not be there; or the whole map, with NULL. */
int core_map_lock(struct core_map *map, struct core_plugin *plugin, const uint8_t *key,
		  struct core_transaction **holder);
/* Has the plugin's transaction the lock of the key; or of the map, with NULL? */
bool core_map_has_lock(const struct core_map *map, const struct core_plugin *plugin,
		       const uint8_t *key);
/*
 * The key behind @key, in an order of the map's own; with NULL the first. NULL with *@err:
 * -ENOENT: there is no further key; -ESTALE: @key is not there.
 */
const uint8_t *core_map_key_after(const struct core_map *map, const struct core_plugin *plugin,
				  const uint8_t *key, int *err);

#endif /* CORE_MAP_H */
