/* SPDX-License-Identifier: MIT */
/*
 * Maps that a plugin reads without a call of the kernel. Example:
 *
 *	static struct plugin_map_window words;
 *
 *	if (!words.table)
 *		plugin_map_window_open(map, &words);
 *	if (!plugin_map_window_get(&words, &word, &count))
 *		...
 *
 * A get returns what the service map_get returns, always; where the table cannot tell, it calls that.
 * The plugin needs the services map_window and map_get, and room for the table: PLUGIN_WINDOW_BYTES().
 */
#ifndef RINGFENCE_MAP_WINDOW_H
#define RINGFENCE_MAP_WINDOW_H

#include <ringfence/map_table.h>
#include <ringfence/plugin.h>

struct plugin_map_window {
	const struct plugin_map_table *table; /* NULL: not open */
	uint32_t map;			      /* handle */
};

/* Shows the table of an open map, a hash or an array. Returns 0 or a negative errno. */
static __inline__ int32_t plugin_map_window_open(uint32_t map, struct plugin_map_window *window)
{
	uint32_t offset = 0;
	int32_t err = plugin_service_map_window(map, &offset);

	window->map = map;
	window->table = err ? NULL : (const struct plugin_map_table *)offset;
	return err;
}

/* As plugin_service_map_get(), mostly without a call. Without a window it is that. */
static __inline__ int32_t plugin_map_window_get(const struct plugin_map_window *window,
						const void *key, void *value)
{
	int found = window->table ? plugin_map_look(window->table, key, value) : -1;

	if (found < 0)
		return plugin_service_map_get(window->map, key, value);
	return found ? 0 : -2; /* ENOENT */
}

#endif /* RINGFENCE_MAP_WINDOW_H */
