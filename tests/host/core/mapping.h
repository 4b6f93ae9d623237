/* SPDX-License-Identifier: MIT */
/*
 * Shared by map_test.c, transaction_test.c and lock_test.c: three maps, and plugins that make
 * requests for maps. A player is a plugin whose call makes the requests of a list, one a turn.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include "named.h"
#include "map/version.h"
#include "transaction/wait.h"

static struct bytes many; /* many.plg */

#define KEY   0u   /* offset in the plugin's data of keys */
#define VALUE 128u /* of values */

struct step {
	uint32_t service;
	uint32_t map;	/* handle */
	uint32_t key;	/* of 4 bytes; NO_KEY: NULL */
	uint32_t value; /* of 4 bytes */
};

#define NO_KEY 0xffffffffu
#define STEPS  16

struct player {
	const char *name;
	struct core_plugin *plugin;
	struct step steps[STEPS];
	uint32_t nr;
	int status[STEPS];   /* of each step that was answered */
	uint32_t got[STEPS]; /* the value or key that map_get or map_next wrote */
	uint32_t answered;   /* steps */
	void (*before)(struct player *player,
		       uint32_t step); /* called before each step, and the end */
	void (*after)(struct player *player, uint32_t step);
};

#define PLAYERS 3
static struct player players[PLAYERS] = { { .name = "a" }, { .name = "b" }, { .name = "r" } };

static const uint32_t every_service[PLUGIN_SERVICES_MAX / 32] = { 0x4fffe };

static inline void load_player(struct player *player)
{
	struct core_load load = {
		.name = player->name, .image = many.at, .size = many.size, .allowed = every_service
	};
	uint32_t id;

	CHECK(!core_load(&load, &id, &why), "%s", why.text);
	player->plugin = (struct core_plugin *)named(player->name);
}

static inline void unload_player(struct player *player)
{
	CHECK(!core_unload(player->name, false, &why), "%s", why.text);
}

/* The first page of the plugin's data, as the kernel sees it. */
static inline uint8_t *data_of(const struct core_plugin *plugin)
{
	return plugin->frames[plugin->nr_text + plugin->nr_rodata].address;
}

static inline struct player *player_of(uint32_t handle)
{
	uint32_t i;

	for (i = 0; i < PLAYERS; i++)
		if (players[i].plugin && players[i].plugin->handle == handle)
			return &players[i];
	CHECK(0, "no player has handle %u", handle);
	return NULL;
}

static inline void request_step(const struct player *player, const struct step *step,
				struct port_answer *request)
{
	uint32_t data = data_at(player->plugin);

	memcpy(data_of(player->plugin) + KEY, &step->key, 4);
	memcpy(data_of(player->plugin) + VALUE, &step->value, 4);
	*request = (struct port_answer){
		.edx = step->service,
		.ebx = step->map,
		.ecx = step->service == SERVICE_map_push ? data + VALUE :
		       step->key == NO_KEY		 ? 0 :
							   data + KEY,
		.esi = data + VALUE,
	};
	if (step->service == SERVICE_now)
		request->ebx = data + VALUE;
}

/*
 * What the tables say that plugins see is what the services would answer the plugin, or nothing; and
 * it is something if no call has changed the map.
 */
static inline void check_tables(const struct core_plugin *plugin)
{
	static const char *const names[] = { "hash", "array" };
	uint32_t i, key, value;
	const struct core_map *map;
	const uint8_t *seen;
	int err, known;

	port_lock();
	for (i = 0; i < 2; i++) {
		map = core_map_find(names[i]);
		for (key = 0; map && key < 6; key++) {
			known = plugin_map_look(map->table->head, &key, &value);
			seen = core_map_look(map, plugin, (const uint8_t *)&key, &err);
			if (known > 0)
				CHECK(seen && !memcmp(seen, &value, 4));
			else if (!known)
				CHECK(!seen && err == -ENOENT);
			else
				CHECK(*map->staged || err == -EINVAL);
		}
	}
	port_unlock();
}

/* For fake.ask. */
static inline bool play(uint32_t handle, uint32_t turn, int status, uint32_t value,
			struct port_answer *request)
{
	struct player *player = player_of(handle);

	(void)value;
	check_tables(player->plugin);
	if (turn) {
		player->status[turn - 1] = status;
		memcpy(&player->got[turn - 1], data_of(player->plugin) + VALUE, 4);
		player->answered = turn;
		if (player->after)
			player->after(player, turn - 1);
	}
	if (player->before)
		player->before(player, turn);
	if (turn == player->nr)
		return false;
	request_step(player, &player->steps[turn], request);
	return true;
}

/* How a call ends; a refused answer leaves the plugin alive. */
enum ending { ENDS_WELL, REFUSED, FAULTS, IS_KILLED, ENDINGS };

static inline const char *refuse(void *what, uint32_t value)
{
	(void)what;
	(void)value;
	return "no";
}

static const struct core_hooks refusing = { .check = refuse };

static inline struct core_result call_player(struct player *player, enum ending ending, bool atomic)
{
	const struct core_call call = { .name = player->name,
					.entry = "first",
					.hooks = ending == REFUSED ? &refusing : NULL,
					.atomic = atomic };
	struct plugin_fault before = fake.next;
	struct core_result result;

	player->answered = 0;
	fake.next = (struct plugin_fault){ .status = ending == FAULTS ? PLUGIN_STATUS_FAULT : 0 };
	CHECK(!core_call_plugin(&call, &result, &why), "%s", why.text);
	fake.next = before;
	CHECK(!fake.locked);
	return result;
}

/* ---- maps ---- */

/* Handles: each player opens them in this order. */
enum { HASH = 1, ARRAY, RING, MAPS = RING };

static const struct core_map_create creates[MAPS] = {
	{ "hash", CORE_MAP_HASH, 4, 4, 3 },
	{ "array", CORE_MAP_ARRAY, 4, 4, 2 },
	{ "ring", CORE_MAP_RING, 0, 4, 2 },
};
static const struct core_map_use uses[MAPS + 1] = {
	[HASH] = { "hash", 4, 4 }, [ARRAY] = { "array", 4, 4 }, [RING] = { "ring", 0, 4 }
};

static inline void create_maps(void)
{
	uint32_t i, id;

	for (i = 0; i < MAPS; i++)
		CHECK(!core_map_create(&creates[i], &id, &why), "%s", why.text);
}

static inline void delete_maps(void)
{
	uint32_t i;

	for (i = 0; i < MAPS; i++)
		CHECK(!core_map_delete(creates[i].name, &why), "%s", why.text);
}

static inline void open_maps(struct player *player)
{
	uint32_t i;

	port_lock();
	for (i = 0; i < MAPS; i++)
		CHECK(core_map_open(player->plugin, &creates[i]) == (int)i + 1);
	port_unlock();
}

static inline struct core_map *map_named(const char *name)
{
	struct core_map *map;

	port_lock();
	map = core_map_find(name);
	port_unlock();
	CHECK(map);
	return map;
}

/* The table has what the map has. */
static inline void check_table(const struct core_map *map)
{
	const struct plugin_map_table *head = map->table->head;
	uint32_t shown = 0, before, at, i, value;
	struct core_item *item;

	CHECK(!head->staged && !(head->sequence & 1) && !head->gone);
	for (i = 0; i < head->buckets; i++)
		for (before = 0, at = head->bucket[i]; at;
		     before = at, at = plugin_map_slot_at(head, at - 1)->next, shown++)
			CHECK(plugin_map_slot_at(head, at - 1)->before == before);
	CHECK(!head->buckets || shown == map->used);
	for (i = 0; i < map->nr_items; i++) {
		item = core_item_at(map, i);
		CHECK(!item->slot->changing);
		if (!item->present)
			continue;
		CHECK(plugin_map_look(head, item->bytes, &value) == 1);
		CHECK(!memcmp(core_item_value(map, item), &value, 4));
	}
}

/* No transaction has anything of the map, and nothing of the map is lost. */
static inline void check_at_rest(const struct core_map *map)
{
	const struct core_version *version;
	struct core_item *item;
	uint32_t nr = 0, present = 0, i;

	CHECK(!map->holder && !*map->staged && !map->promised);
	for (version = map->free_versions; version; version = version->older, nr++)
		CHECK(!version->owner && nr < map->nr_versions);
	CHECK(nr == map->nr_versions);
	for (i = 0; i < map->nr_items; i++) {
		item = core_item_at(map, i);
		CHECK(!item->holder && !item->staged && !item->promised);
		CHECK((map->present[i / 32] >> i % 32 & 1) == item->present);
		present += item->present;
	}
	CHECK(map->kind == CORE_MAP_RING ? map->used <= map->max : map->used == present);
	if (map->table && map->value_size == 4)
		check_table(map);
	nr = 0;
	for (item = map->free_items; item; item = item->next, nr++)
		CHECK(!item->present);
	for (i = 0; i < map->nr_buckets; i++)
		for (item = map->buckets[i]; item; item = item->next, nr++)
			CHECK(item->present);
	CHECK(nr == (map->kind == CORE_MAP_HASH ? map->nr_items : 0));
}

static inline void check_all_at_rest(void)
{
	uint32_t i;

	for (i = 0; i < MAPS; i++)
		check_at_rest(map_named(creates[i].name));
}

/* ---- what is in the maps ---- */

#define KEYS 5 /* keys 0 to 4 of the hash are used */

/* The contents of the three maps, as a transaction sees them. */
struct contents {
	bool present[KEYS];
	uint32_t hash[KEYS], array[2], ring[2], records;
};

/* Reads all that is committed, as processes do. */
static inline struct contents read_committed(void)
{
	const struct core_map *ring = map_named("ring");
	struct contents now = { 0 };
	uint32_t key, i, place = 0, value, walked = 0, err;

	for (key = 0; key < KEYS; key++) {
		err = core_map_read(&uses[HASH], &key, &now.hash[key], &why);
		CHECK(!err || (int)err == -ENOENT);
		now.present[key] = !err;
	}
	while (!core_map_walk(&uses[HASH], &place, &key, &value, &why)) {
		CHECK(key < KEYS && now.present[key] && now.hash[key] == value);
		walked++;
	}
	for (key = 0; key < KEYS; key++)
		walked -= now.present[key];
	CHECK(!walked);
	for (i = 0; i < 2; i++)
		CHECK(!core_map_read(&uses[ARRAY], &i, &now.array[i], &why));
	now.records = ring->used;
	for (i = 0; i < ring->used; i++)
		memcpy(&now.ring[i], ring->records + (ring->first + i) % ring->max * 4, 4);
	return now;
}

/* Processes make the maps contain this. */
static inline void write_committed(const struct contents *contents)
{
	uint32_t key, i, value;

	for (key = 0; key < KEYS; key++)
		core_map_remove(&uses[HASH], &key, &why);
	for (key = 0; key < KEYS; key++)
		if (contents->present[key])
			CHECK(!core_map_write(&uses[HASH], &key, &contents->hash[key], &why));
	for (i = 0; i < 2; i++)
		CHECK(!core_map_write(&uses[ARRAY], &i, &contents->array[i], &why));
	while (!core_map_pop(&uses[RING], &value, &why))
		;
	CHECK(!contents->records);
}

static inline bool same(const struct contents *a, const struct contents *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* ---- the begin and the end of main() in each of these tests ---- */

/* Reads many.plg, the only argument. */
static inline void read_argument(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "argument: many.plg\n");
		exit(2);
	}
	many = read_file(argv[1]);
}

/* Makes the maps, and the players, which have them open. */
static inline void begin_players(void)
{
	uint32_t i;

	fake.ask = play;
	create_maps();
	for (i = 0; i < PLAYERS; i++) {
		load_player(&players[i]);
		open_maps(&players[i]);
	}
}

static inline void end_players(void)
{
	uint32_t i;

	for (i = 0; i < PLAYERS; i++)
		unload_player(&players[i]);
	check_all_at_rest();
	delete_maps();
	CHECK(!fake.memory && !fake.frames && !fake.handles);
	free(many.at);
}

#endif /* MAPPING_H */
