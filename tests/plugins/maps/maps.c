/* SPDX-License-Identifier: MIT */
/*
 * Changes the maps `table` (hash), `counters` (array) and `events` (ring), all of 4-byte keys and
 * values, and ends in any way. For tests/linux/test_maps.py.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("maps", "1.0", "changes maps, and ends well or badly");
PLUGIN_BUDGET_US(200000);

#define EDEADLK 35

static uint32_t table, counters, events;
static int opened;

static int32_t open_maps(void)
{
	int32_t err = 0;

	if (opened)
		return 0;
	err = plugin_map_open("table", PLUGIN_MAP_HASH, 4, 4, &table);
	if (!err)
		err = plugin_map_open("counters", PLUGIN_MAP_ARRAY, 4, 4, &counters);
	if (!err)
		err = plugin_map_open("events", PLUGIN_MAP_RING, 0, 4, &events);
	opened = !err;
	return err;
}

static int32_t change(uint32_t nr, uint32_t value)
{
	const uint32_t zero = 0;
	int32_t err = open_maps();
	uint32_t key;

	for (key = 0; key < nr && !err; key++)
		err = plugin_service_map_set(table, &key, &value);
	if (!err && nr)
		err = plugin_service_map_set(counters, &zero, &value);
	if (!err && nr)
		err = plugin_service_map_push(events, &value);
	return err;
}

enum { RETURN, FAULT, LOOP, SERVICES, FORBIDDEN, UNDO, DELETE };

/* Returns 0 or an errno, unless `how` says to end otherwise. */
PLUGIN_ENTRY(fill, uint32_t nr, uint32_t value, uint32_t how)
{
	int32_t err = change(nr, value);
	uint32_t key;

	if (err)
		return (uint32_t)-err;
	switch (how) {
	case FAULT:
		*(volatile uint32_t *)0xfffffff0 = 0;
		break;
	case LOOP:
		for (;;)
			;
	case SERVICES:
		for (;;)
			plugin_now();
	case FORBIDDEN:
		plugin_service_random(&key, sizeof(key));
		break;
	case UNDO:
		return (uint32_t)-plugin_service_undo();
	case DELETE:
		for (key = 0; key < nr; key++)
			err |= plugin_service_map_delete(table, &key);
		return (uint32_t)-err;
	}
	return 0;
}

/* Sets as many keys as A says, and the answer is B: plugctl ask's limit decides whether it is good. */
PLUGIN_GRAFT(trial)
{
	uint32_t key;

	(void)window, (void)limit;
	if (open_maps())
		return 0;
	for (key = 0; key < a; key++)
		plugin_service_map_set(table, &key, &round);
	return b;
}

/* The value of a key, and whether it is there: the caller sees what is committed. */
PLUGIN_ENTRY(get, uint32_t key)
{
	uint32_t value = 0;
	int32_t err = open_maps();

	if (!err)
		err = plugin_service_map_get(table, &key, &value);
	return err ? (uint32_t)err : value;
}

/* The sum of all keys and values. */
PLUGIN_ENTRY(sum, void)
{
	uint32_t key, next, value, sum = 0;
	int32_t err = open_maps();

	if (!err)
		err = plugin_service_map_next(table, NULL, &next);
	for (; !err; err = plugin_service_map_next(table, &key, &next)) {
		key = next;
		if (!plugin_service_map_get(table, &key, &value))
			sum += key + value;
	}
	return sum;
}

static void wait_until(uint64_t ns)
{
	while (plugin_now() < ns)
		;
}

#define MS 1000000ull

/*
 * At the next full 256 ms sets one key, and 6 ms later another. Returns an errno; after a
 * deadlock everything has been undone.
 */
PLUGIN_ENTRY(two, uint32_t first, uint32_t second, uint32_t value)
{
	uint64_t begin = (plugin_now() / (256 * MS) + 1) * 256 * MS;
	int32_t err = open_maps();

	wait_until(begin);
	if (!err)
		err = plugin_service_map_set(table, &first, &value);
	wait_until(begin + 6 * MS);
	if (!err)
		err = plugin_service_map_set(table, &second, &value);
	if (err == -EDEADLK)
		plugin_service_undo();
	return (uint32_t)-err;
}

/* Adds 1 to a counter, `times` times, each in the lock of the counter. */
PLUGIN_ENTRY(add, uint32_t key, uint32_t times)
{
	int32_t err = open_maps();
	uint32_t value;

	while (times-- && !err) {
		err = plugin_service_map_lock(counters, &key);
		if (!err)
			err = plugin_service_map_get(counters, &key, &value);
		value++;
		if (!err)
			err = plugin_service_map_set(counters, &key, &value);
		if (!err)
			err = plugin_service_map_unlock(counters, &key);
	}
	return (uint32_t)-err;
}

/* Nanoseconds that the service undo takes after that many changes. */
PLUGIN_ENTRY(undo_cost, uint32_t nr)
{
	uint32_t value = 1, key;
	uint64_t begin;

	if (open_maps())
		return 0;
	for (key = 0; key < nr; key++)
		plugin_service_map_set(table, &key, &value);
	begin = plugin_now();
	plugin_service_undo();
	return (uint32_t)(plugin_now() - begin);
}
