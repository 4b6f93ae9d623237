/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables: the committed entries of a hash or array in memory that windows show to plugins, so that a
 * plugin reads them without a service. A table is a copy: the map itself has what plugins may not
 * see, such as the secret of its hash, addresses, and staged changes.
 *
 * A plugin that has opened the map gets one window of its table. A table is freed when the map was
 * deleted and no plugin has a window of it any more. <ringfence/map_table.h> of the SDK reads tables.
 */
#ifndef CORE_TABLE_H
#define CORE_TABLE_H

#include "service/window.h"
#include <ringfence/map_table.h>

struct core_item;
struct core_map;
struct core_plugin;

struct core_table {
	struct plugin_map_table *head; /* in the kernel */
	uint32_t refs;		       /* of the map, and of windows; guarded by the lock */
	uint32_t nr;		       /* pages */
	uint32_t *mfns;
	struct core_table *next; /* of those to be freed */
	struct core_frame frames[];
};

/* A plugin's window of a table; a member of the plugin. */
struct core_table_view {
	struct core_table *table; /* NULL: none */
	struct core_window window;
};

/* Bytes of the table of a map whose sizes are set. */
size_t core_table_bytes(const struct core_map *map);
/* Make map->table. May sleep. 0 or -ENOMEM. */
int core_table_make(struct core_map *map);
/* Free tables that nobody uses. May sleep. */
void core_tables_free(void);

/* The lock is held for the others, but for core_views_drop(). */

/* The committed value of the item has changed, or it is new. */
void core_table_show(struct core_map *map, struct core_item *item);
/* The item is not there any more. */
void core_table_hide(struct core_map *map, struct core_item *item);
/* The map is deleted. The caller calls core_tables_free() later. */
void core_table_leave(struct core_map *map);

/* Grant the plugin its window of the map's table, unless it has that. 0, or an errno of the monitor. */
int core_view_open(struct core_plugin *plugin, struct core_map *map, struct core_table_view *view);
/* Revoke the window, if there is one. */
void core_view_close(struct core_table_view *view);
/* The monitor has destroyed the plugin: drop its tables. Takes the lock. May sleep. */
void core_views_drop(struct core_plugin *plugin);

#endif /* CORE_TABLE_H */
