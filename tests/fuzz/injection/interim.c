// SPDX-License-Identifier: MIT
/*
 * A plugin that changes the maps `table`, `counters` and `events`, slowly; loaded a second time, it
 * reads them in softirqs as a graft at a UDP socket. An odd value is one that will be undone.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("interim", "1.0", "changes maps, or reads them in softirqs");

#define KEYS 8u

static uint32_t table, counters, events, seen, wrong;
static volatile uint32_t spun;

static int32_t open_maps(void)
{
	int32_t err;

	if (events)
		return 0;
	err = plugin_map_open("table", PLUGIN_MAP_HASH, 4, 4, &table);
	if (!err)
		err = plugin_map_open("counters", PLUGIN_MAP_ARRAY, 4, 4, &counters);
	if (!err)
		err = plugin_map_open("events", PLUGIN_MAP_RING, 0, 4, &events);
	return err;
}

enum { WELL, UNDONE, FAULTS, FORBIDDEN };

/* Sets all keys and counters to the value, and ends. Returns 0 or an errno. */
PLUGIN_ENTRY(change, uint32_t value, uint32_t how, uint32_t spins)
{
	int32_t err = open_maps();
	uint32_t key, i;

	for (key = 0; key < KEYS && !err; key++) {
		err = plugin_service_map_set(table, &key, &value);
		if (!err)
			err = plugin_service_map_set(counters, &key, &value);
		if (!err && !(key % 4))
			err = plugin_service_map_push(events, &value);
		for (i = 0; i < spins; i++)
			spun++;
	}
	if (err || how == UNDONE)
		return (uint32_t)(plugin_service_undo() ?: -err);
	if (how == FAULTS)
		*(volatile uint32_t *)0xfffffff0 = 0;
	if (how == FORBIDDEN)
		plugin_service_random(&key, sizeof(key));
	return 0;
}

/* Asked about each datagram: reads all that is committed. */
PLUGIN_GRAFT(packet)
{
	uint32_t key, value;

	(void)window, (void)direction, (void)length, (void)address, (void)port, (void)local_port;
	if (open_maps())
		return PACKET_DROP;
	for (key = 0; key < KEYS; key++) {
		if (!plugin_service_map_get(table, &key, &value))
			wrong += value & 1;
		if (!plugin_service_map_get(counters, &key, &value))
			wrong += value & 1;
		seen += 2;
	}
	return PACKET_PASS;
}

/* Values that the graft has read, or of these the odd ones. */
PLUGIN_ENTRY(count, uint32_t of_wrong)
{
	return of_wrong ? wrong : seen;
}
