/* SPDX-License-Identifier: MIT */
/* A graft of the point `trial` that does what the question says, for measure.c. */
#include <ringfence/map_window.h>
#include <ringfence/plugin.h>
#include <ringfence/points.h>

#include "work.h"

PLUGIN("questions", "1.0", "does what a question says, to be measured");
PLUGIN_WINDOW_BYTES(65536);

static struct plugin_map_window table; /* of the map `bench`, with the key 1 */

/* Opens the map. Returns 0 or an errno. */
PLUGIN_ENTRY(prepare, void)
{
	uint32_t map;
	int32_t err = plugin_map_open("bench", PLUGIN_MAP_HASH, 4, 4, &map);

	return (uint32_t) - (err ? err : plugin_map_window_open(map, &table));
}

static void work(uint32_t kind, uint32_t nr)
{
	const uint32_t one = 1, absent = 999;
	uint32_t value = 7, key;

	for (key = 10; key < 10 + nr; key++) {
		switch (kind) {
		case WORK_MISSES:
			plugin_service_map_delete(table.map, &absent);
			break;
		case WORK_SETS:
			plugin_service_map_set(table.map, &key, &value);
			break;
		case WORK_LOCKS:
			plugin_service_map_lock(table.map, &key);
			break;
		case WORK_GETS:
			plugin_service_map_get(table.map, &one, &value);
			break;
		case WORK_LOOKS:
			plugin_map_window_get(&table, &one, &value);
			break;
		}
	}
}

/* Does `a` as work.h says, and returns `b`. */
PLUGIN_GRAFT(trial)
{
	(void)window, (void)round, (void)limit;
	work(WORK_KIND(a), WORK_NR(a));
	if (a & WORK_FAULTS)
		*(volatile uint32_t *)0xfffffff0 = 0;
	if (a & WORK_FORBIDDEN)
		plugin_service(PLUGIN_SERVICE_FORBIDDEN, (const uint32_t[4]){ 0 }, NULL);
	return b;
}

/* Locks the key until its time is up. */
PLUGIN_ENTRY(hold, uint32_t key)
{
	plugin_service_map_lock(table.map, &key);
	for (;;)
		;
}
