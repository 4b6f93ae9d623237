// SPDX-License-Identifier: MIT
/*
 * Maps, and what plugins and processes may do with them, against a fake monitor.
 *
 * Claims: each bound of a map, a handle, a key and a value is where it is said to be, and what is
 * beyond gets an errno, for processes one sentence too, and changes nothing. A map lives until a
 * process deletes it, and not while a call has something of it. Handles are the plugin's own, and
 * are void once the map is deleted. Nothing is left of a map. Cannot tell: transactions
 * (transaction_test.c), whether the hash is a good one.
 *
 * Argument: many.plg.
 */
#include "mapping.h"
#include "request.h"
#include "map/hash.h"

static void says(const char *part)
{
	CHECK(strstr(why.text, part), "\"%s\" does not say \"%s\"", why.text, part);
	memset(&why, 0, sizeof(why));
}

static uint32_t last_id;

static int create(const char *name, uint32_t kind, uint32_t key, uint32_t value, uint32_t max)
{
	const struct core_map_create create = { name, kind, key, value, max };

	return core_map_create(&create, &last_id, &why);
}

static void destroy(const char *name)
{
	CHECK(!core_map_delete(name, &why), "%s", why.text);
}

/* ---- create ---- */

static void refusals(void)
{
	static const struct {
		const char *name;
		uint32_t kind, key, value, max;
		const char *part;
	} bad[] = {
		{ "", CORE_MAP_HASH, 4, 4, 1, " is not a map's name" },
		{ ".x", CORE_MAP_HASH, 4, 4, 1, ".x is not a map's name: use 1 to 31" },
		{ "a/b", CORE_MAP_HASH, 4, 4, 1, "is not a map's name" },
		{ "m", 0, 4, 4, 1, "no map of kind 0" },
		{ "m", CORE_MAP_KINDS, 4, 4, 1, "no map of kind 4" },
		{ "m", ~0u, 4, 4, 1, "no map of kind" },
		{ "m", CORE_MAP_HASH, 0, 4, 1, "keys of 0 bytes: give 1 to 64" },
		{ "m", CORE_MAP_HASH, 65, 4, 1, "keys of 65 bytes" },
		{ "m", CORE_MAP_ARRAY, 0, 4, 1, "those of this kind have 4" },
		{ "m", CORE_MAP_ARRAY, 8, 4, 1, "those of this kind have 4" },
		{ "m", CORE_MAP_RING, 4, 4, 1, "those of this kind have 0" },
		{ "m", CORE_MAP_HASH, 4, 0, 1, "values of 0 bytes: give 1 to 256" },
		{ "m", CORE_MAP_HASH, 4, 257, 1, "values of 257 bytes" },
		{ "m", CORE_MAP_HASH, 4, 4, 0, "a map for 0 entries: give 1 to 65536" },
		{ "m", CORE_MAP_HASH, 4, 4, 65537, "a map for 65537 entries" },
		{ "m", CORE_MAP_HASH, ~0u, ~0u, ~0u, "keys of 4294967295 bytes" },
	};
	uint32_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(create(bad[i].name, bad[i].kind, bad[i].key, bad[i].value, bad[i].max) ==
		      -EINVAL);
		says(bad[i].part);
	}
	CHECK(create("m", CORE_MAP_HASH, 64, 256, 65536) == -E2BIG);
	says("the map would have");
	CHECK(!fake.memory);
}

static void sizes(void)
{
	static const uint32_t key[] = { 0, 1, 3, 4, 64 }, value[] = { 1, 3, 5, 256 },
			      max[] = { 1, 2, 7, 8, 9, 1000 };
	uint32_t kind, k, v, m;

	for (kind = CORE_MAP_HASH; kind < CORE_MAP_KINDS; kind++)
		for (k = 0; k < 5; k++)
			for (v = 0; v < 4; v++)
				for (m = 0; m < 6; m++) {
					bool fits = kind == CORE_MAP_HASH  ? k > 0 :
						    kind == CORE_MAP_ARRAY ? key[k] == 4 :
									     !k;

					CHECK(create("m", kind, key[k], value[v], max[m]) ==
					      (fits ? 0 : -EINVAL));
					if (!fits)
						continue;
					check_at_rest(map_named("m"));
					destroy("m");
				}
	CHECK(!create("a-name.of_31-characters.-------", CORE_MAP_HASH, 1, 1, 65536));
	destroy("a-name.of_31-characters.-------");
	CHECK(create("a-name.of_32-characters.--------", CORE_MAP_HASH, 1, 1, 1) == -EINVAL);
	CHECK(!create("m", CORE_MAP_RING, 0, 120, 65536));
	destroy("m");
	fake.fail_at = fake.allocations + 1;
	CHECK(create("m", CORE_MAP_HASH, 4, 4, 1) == -ENOMEM);
	says("there is no memory for a map of");
	fake.fail_at = 0;
	CHECK(!fake.memory);
}

static void many_maps(void)
{
	char name[16];
	uint32_t i, first = 0;

	for (i = 0; i < CORE_MAPS_MAX; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		CHECK(!create(name, CORE_MAP_ARRAY, 4, 4, 1));
		if (!i)
			first = last_id;
		CHECK(last_id == first + i);
	}
	CHECK(create("m0", CORE_MAP_ARRAY, 4, 4, 1) == -EEXIST);
	says("a map named m0 is there already");
	CHECK(create("more", CORE_MAP_ARRAY, 4, 4, 1) == -ENOSPC);
	says("there are 64 maps already");
	destroy("m7");
	CHECK(!create("more", CORE_MAP_ARRAY, 4, 4, 1) && last_id == first + 64);
	/* In the order of their ids, whatever their places. */
	port_lock();
	CHECK(!strcmp(core_map_next(0)->name, "m0"));
	CHECK(!strcmp(core_map_next(first + 6)->name, "m8"));
	CHECK(!strcmp(core_map_next(first + 63)->name, "more") && !core_map_next(last_id));
	port_unlock();
	for (i = 0; i < CORE_MAPS_MAX; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		if (i != 7)
			destroy(name);
	}
	destroy("more");
	CHECK(core_map_delete("more", &why) == -ENOENT);
	says("there is no map named more");
	/* Each of these has more than 7 MiB. */
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		CHECK(!create(name, CORE_MAP_RING, 0, 115, 65536));
	}
	CHECK(create("m4", CORE_MAP_RING, 0, 115, 65536) == -ENOSPC);
	says("all maps may have 32768 KiB");
	for (i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		destroy(name);
	}
	CHECK(!fake.memory);
}

/* The first vectors of Linux's test of hsiphash() on 32-bit machines. */
static void hashes(void)
{
	static const uint32_t secret[2] = { 0x03020100, 0x07060504 };
	static const uint8_t bytes[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	static const uint32_t good[] = { 0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6,
					 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1 };
	uint32_t size;

	for (size = 0; size <= 8; size++)
		CHECK(core_hash(secret, bytes, size) == good[size]);
}

/* ---- processes ---- */

static void wrong_uses(void)
{
	static const struct core_map_use none = { "none", 4, 4 }, key = { "hash", 5, 4 },
					 value = { "hash", 4, 5 }, no_ring = { "hash", 0, 4 };
	uint32_t place = 0, k = 0, v = 0;

	CHECK(core_map_read(&none, &k, &v, &why) == -ENOENT);
	says("there is no map named none");
	CHECK(core_map_write(&none, &k, &v, &why) == -ENOENT);
	CHECK(core_map_remove(&none, &k, &why) == -ENOENT);
	CHECK(core_map_walk(&none, &place, &k, &v, &why) == -ENOENT);
	CHECK(core_map_pop(&none, &v, &why) == -ENOENT);
	CHECK(core_map_read(&key, &k, &v, &why) == -EINVAL);
	says("map hash has keys of 4 bytes and values of 4, not of 5 and 4");
	CHECK(core_map_write(&value, &k, &v, &why) == -EINVAL);
	says("not of 4 and 5");
	CHECK(core_map_pop(&no_ring, &v, &why) == -EINVAL);
	says("map hash is no ring");
	CHECK(core_map_read(&uses[RING], &k, &v, &why) == -EINVAL);
	says("map ring is a ring, which has no keys");
	CHECK(core_map_pop(&uses[RING], &v, &why) == -ENODATA);
	says("map ring has no record");
}

static void process_uses(void)
{
	uint32_t key, value, place = 0, met = 0;

	wrong_uses();
	for (key = 10; key < 13; key++) {
		value = key * key;
		CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	}
	CHECK(core_map_write(&uses[HASH], &key, &value, &why) == -ENOSPC);
	says("map hash is full, with 3 entries");
	CHECK(map_named("hash")->full == 1);
	key = 11, value = 5;
	CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	CHECK(core_map_read(&uses[HASH], &key, &value, &why) == 0 && value == 5);
	while (!core_map_walk(&uses[HASH], &place, &key, &value, &why)) {
		CHECK(key >= 10 && key < 13 && !(met & 1u << key));
		met |= 1u << key;
		CHECK(value == (key == 11 ? 5 : key * key));
	}
	CHECK(met == 7u << 10);
	says("map hash has no further entry");
	for (key = 10; key < 13; key++)
		CHECK(!core_map_remove(&uses[HASH], &key, &why));
	CHECK(core_map_remove(&uses[HASH], &key, &why) == -ENOENT);
	says("map hash has no such key");
	check_at_rest(map_named("hash"));
	for (key = 0; key < 4; key++) {
		int expected = key < 2 ? 0 : -EINVAL;

		CHECK(core_map_write(&uses[ARRAY], &key, &key, &why) == expected);
		CHECK(core_map_read(&uses[ARRAY], &key, &value, &why) == expected);
		CHECK(expected || value == key);
	}
	says("map array has the indices 0 to 1");
	key = ~0u;
	CHECK(core_map_read(&uses[ARRAY], &key, &value, &why) == -EINVAL);
	key = 0;
	CHECK(core_map_remove(&uses[ARRAY], &key, &why) == -EINVAL);
	says("map array is an array, whose entries stay");
	place = ~0u;
	CHECK(core_map_walk(&uses[ARRAY], &place, &key, &value, &why) == -ENOENT);
}

/* ---- plugins ---- */

/* One request in a call of a, which ends well. */
static int serve(uint32_t number, uint32_t ebx, uint32_t ecx, uint32_t esi, uint32_t edi)
{
	struct core_result result;

	asked = (struct port_answer){
		.edx = number, .ebx = ebx, .ecx = ecx, .esi = esi, .edi = edi
	};
	fake.ask = ask_once;
	CHECK(!core_call("a", "first", NULL, 0, &result, &why) && !result.status);
	fake.ask = play;
	check_all_at_rest();
	return answer_status;
}

static int open_map(const char *name, uint32_t kind, uint32_t key, uint32_t value)
{
	struct plugin_map_request open = { .kind = kind, .key_size = key, .value_size = value };
	struct core_plugin *plugin = players[0].plugin;

	memcpy(open.name, name, strlen(name));
	memcpy(data_of(plugin), &open, sizeof(open));
	return serve(SERVICE_map_open, data_at(plugin), sizeof(open), 0, 0);
}

static void opens(void)
{
	struct core_plugin *plugin = players[0].plugin;
	uint32_t data = data_at(plugin), i;
	char name[16];

	CHECK(!open_map("hash", CORE_MAP_HASH, 4, 4) && answer_value == 1);
	CHECK(!open_map("ring", CORE_MAP_RING, 0, 4) && answer_value == 2);
	CHECK(!open_map("hash", CORE_MAP_HASH, 4, 4) && answer_value == 1);
	CHECK(open_map("none", CORE_MAP_HASH, 4, 4) == -ENOENT && !answer_value);
	CHECK(open_map("hash", CORE_MAP_ARRAY, 4, 4) == -EINVAL);
	CHECK(open_map("hash", CORE_MAP_HASH, 8, 4) == -EINVAL);
	CHECK(open_map("hash", CORE_MAP_HASH, 4, 8) == -EINVAL);
	CHECK(open_map("0123456789012345678901234567890", 1, 4, 4) == -ENOENT);
	CHECK(open_map("01234567890123456789012345678901", 1, 4, 4) == -EINVAL);
	CHECK(serve(SERVICE_map_open, data, sizeof(struct plugin_map_request) - 1, 0, 0) ==
	      -EINVAL);
	CHECK(serve(SERVICE_map_open, data, sizeof(struct plugin_map_request) + 1, 0, 0) == -E2BIG);
	CHECK(serve(SERVICE_map_open, 0, sizeof(struct plugin_map_request), 0, 0) == -EFAULT);
	/* Another plugin has handles of its own. */
	port_lock();
	CHECK(core_map_open(players[1].plugin, &creates[ARRAY - 1]) == 1);
	port_unlock();
	/* As many as fit. A deleted map makes room, and its handle means no other map. */
	for (i = 2; i < CORE_HANDLES; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		CHECK(!create(name, CORE_MAP_ARRAY, 4, 4, 1));
		CHECK(!open_map(name, CORE_MAP_ARRAY, 4, 4) && answer_value == i + 1);
	}
	CHECK(open_map("array", CORE_MAP_ARRAY, 4, 4) == -EMFILE);
	destroy("m5");
	CHECK(!create("m5", CORE_MAP_ARRAY, 4, 4, 1));
	CHECK(serve(SERVICE_map_get, 6, data, data + 64, 0) == -ESTALE);
	CHECK(!open_map("array", CORE_MAP_ARRAY, 4, 4) && answer_value == CORE_HANDLES + 6);
	CHECK(!open_map("array", CORE_MAP_ARRAY, 4, 4) && answer_value == CORE_HANDLES + 6);
	CHECK(serve(SERVICE_map_get, 6, data, data + 64, 0) == -ESTALE);
	/* The map is there; the bytes at `data` are no index of it. */
	CHECK(serve(SERVICE_map_get, CORE_HANDLES + 6, data, data + 64, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_get, 2 * CORE_HANDLES + 6, data, data + 64, 0) == -EBADF);
	CHECK(open_map("m5", CORE_MAP_ARRAY, 4, 4) == -EMFILE);
	for (i = 2; i < CORE_HANDLES; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		destroy(name);
	}
}

/* Handles that are none, and pointers that the plugin does not have, with each service. */
static void bad_arguments(void)
{
	static const uint32_t handles[] = { 0, 4, 16, 17, 0x80000000, ~0u };
	uint32_t data = data_at(players[0].plugin), service, i;

	for (service = SERVICE_map_get; service <= SERVICE_map_unlock; service++) {
		for (i = 0; i < 6; i++)
			CHECK(serve(service, handles[i], data, data + 64, 0) == -EBADF);
		if (service != SERVICE_map_push)
			CHECK(serve(service, HASH, 0xfffffffe, data, 0) == -EFAULT);
		if (service < SERVICE_map_next && service != SERVICE_map_unlock)
			CHECK(serve(service, HASH, 0, data, 0) == -EFAULT);
	}
	memset(data_of(players[0].plugin), 0, 256);
	CHECK(serve(SERVICE_map_set, HASH, data, 0, 0) == -EFAULT);
	CHECK(serve(SERVICE_map_push, RING, 0xfffffffd, 0, 0) == -EFAULT);
	CHECK(!map_named("hash")->used && !map_named("ring")->used);
	CHECK(!serve(SERVICE_map_set, HASH, data, data, 0));
	CHECK(serve(SERVICE_map_get, HASH, data, PLUGIN_TEXT_BASE, 0) == -EFAULT);
	CHECK(serve(SERVICE_map_next, HASH, 0, PLUGIN_TEXT_BASE, 0) == -EFAULT);
	CHECK(!serve(SERVICE_map_delete, HASH, data, 0, 0));
}

/* What a kind of map does not have. */
static void wrong_kinds(void)
{
	uint32_t data = data_at(players[0].plugin), *index = (uint32_t *)data_of(players[0].plugin);

	*index = 2;
	CHECK(serve(SERVICE_map_get, ARRAY, data, data + 64, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_set, ARRAY, data, data + 64, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_lock, ARRAY, data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_next, ARRAY, data, data + 64, 0) == -ESTALE);
	*index = 1;
	CHECK(!serve(SERVICE_map_get, ARRAY, data, data + 64, 0));
	CHECK(serve(SERVICE_map_delete, ARRAY, data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_next, ARRAY, data, data + 64, 0) == -ENOENT);
	CHECK(serve(SERVICE_map_push, ARRAY, data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_push, HASH, data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_get, RING, data, data + 64, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_set, RING, data, data + 64, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_delete, RING, data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_next, RING, 0, data, 0) == -EINVAL);
	CHECK(serve(SERVICE_map_lock, RING, data, 0, 0) == -EINVAL);
	CHECK(!serve(SERVICE_map_lock, RING, 0, 0, 0));
	CHECK(serve(SERVICE_map_unlock, RING, data, 0, 0) == -ENOLCK);
}

/* ---- limits of a transaction ---- */

static uint32_t last_status[CORE_CHANGES_MAX + 2], long_map;

static bool push_on(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request)
{
	(void)handle;
	(void)value;
	if (turn)
		last_status[turn - 1] = (uint32_t)status;
	*request = (struct port_answer){ .edx = SERVICE_map_push,
					 .ebx = long_map,
					 .ecx = data_at(players[0].plugin) };
	return turn < CORE_CHANGES_MAX + 2;
}

/* A transaction makes CORE_CHANGES_MAX changes; and a small map has 16 versions. */
static void limits(void)
{
	static const uint32_t max[] = { 1000, 7 };
	struct core_result result;
	uint32_t i, k, good, allowed;

	for (k = 0; k < 2; k++) {
		CHECK(!create("long", CORE_MAP_RING, 0, 4, max[k]));
		CHECK(!open_map("long", CORE_MAP_RING, 0, 4));
		long_map = answer_value;
		CHECK(long_map == k * CORE_HANDLES + 4);
		fake.ask = push_on;
		CHECK(!core_call("a", "first", NULL, 0, &result, &why) && !result.status);
		fake.ask = play;
		allowed = k ? 7 : CORE_CHANGES_MAX;
		for (good = 0; !last_status[good]; good++)
			;
		CHECK(good == allowed && map_named("long")->used == allowed);
		for (i = good; i < CORE_CHANGES_MAX + 2; i++)
			CHECK(last_status[i] == (uint32_t)-ENOSPC);
		CHECK(map_named("long")->commits == allowed);
		CHECK(!k || map_named("long")->full == CORE_CHANGES_MAX + 2 - 7);
		check_at_rest(map_named("long"));
		destroy("long");
	}
}

static bool lock_on(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request)
{
	uint32_t data = data_at(players[0].plugin), key = turn % 19;

	(void)handle;
	(void)value;
	if (turn)
		CHECK(status == (turn <= 16 || turn > 19 ? 0 : -ENOSPC));
	memcpy(data_of(players[0].plugin), &key, sizeof(key));
	*request = (struct port_answer){
		.edx = key ? SERVICE_map_lock : SERVICE_map_set,
		.ebx = HASH,
		.ecx = data,
		.esi = data + 64,
	};
	return turn < 20;
}

/*
 * Keys that are not there can be locked, until the versions of the map are used up. Then key 0,
 * which has one, can still be set again.
 */
static void locks_of_absent_keys(void)
{
	static const uint32_t key = 0;
	struct core_result result;

	fake.ask = lock_on;
	CHECK(!core_call("a", "first", NULL, 0, &result, &why) && !result.status);
	fake.ask = play;
	check_at_rest(map_named("hash"));
	CHECK(!core_map_remove(&uses[HASH], &key, &why));
}

int main(int argc, char **argv)
{
	uint32_t i;

	read_argument(argc, argv);
	hashes();
	refusals();
	sizes();
	many_maps();
	fake.ask = play;
	create_maps();
	process_uses();
	for (i = 0; i < PLAYERS; i++)
		load_player(&players[i]);
	opens();
	unload_player(&players[0]);
	load_player(&players[0]);
	open_maps(&players[0]);
	bad_arguments();
	wrong_kinds();
	limits();
	locks_of_absent_keys();
	end_players();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
