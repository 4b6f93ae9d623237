// SPDX-License-Identifier: MIT
/*
 * Transactions of plugins' calls, against a fake monitor and a model.
 *
 * Claims: every sequence of requests for maps, up to a length, has the results that a model says,
 * and the transaction reads its own changes. Until the call has ended processes and interrupts
 * read what was committed before. If the call ends well all changes are there, in order; if it
 * ends in any other way, after any number of requests, everything is as before: contents, room,
 * locks and versions. The same for 100,000 random transactions that are aborted, with readers
 * before and after each request. Calls in services of calls nest. Cannot tell: two transactions
 * at once (lock_test.c), real plugins.
 *
 * Argument: many.plg.
 */
#include "mapping.h"

/* ---- the model ---- */

struct model {
	struct contents now;
	bool promised[KEYS]; /* keys that the transaction has ever added */
	bool locked[KEYS];   /* of the hash */
	uint32_t pushed;
};

static struct contents committed;
/* The transaction, and as it was when the call that runs, maybe a nested one, began. */
static struct model model, base;

static uint32_t room_used(void)
{
	uint32_t used = 0, key;

	for (key = 0; key < KEYS; key++)
		used += committed.present[key] || model.promised[key];
	return used;
}

/* The status of the step, which changes the model if it is 0. */
static int expect(const struct step *step)
{
	struct contents *now = &model.now;
	uint32_t key = step->key;

	switch (step->service) {
	case SERVICE_map_get:
		return step->map == ARRAY || now->present[key] ? 0 : -ENOENT;
	case SERVICE_map_set:
		if (step->map == ARRAY) {
			now->array[key] = step->value;
			return 0;
		}
		if (!committed.present[key] && !model.promised[key]) {
			if (room_used() >= creates[HASH - 1].max)
				return -ENOSPC;
			model.promised[key] = true;
		}
		now->present[key] = true;
		now->hash[key] = step->value;
		return 0;
	case SERVICE_map_delete:
		if (!now->present[key])
			return -ENOENT;
		now->present[key] = false;
		now->hash[key] = 0;
		return 0;
	case SERVICE_undo:
		model = base;
		return 0;
	case SERVICE_map_push:
		if (committed.records + model.pushed >= creates[RING - 1].max)
			return -ENOSPC;
		now->ring[now->records++] = step->value;
		model.pushed++;
		return 0;
	}
	return 0;
}

/* ---- readers ---- */

/* A plugin that an interrupt calls reads the maps. */
static void interrupt_reads(void)
{
	struct player *reader = &players[2];
	uint32_t i;

	for (i = 0; i < KEYS; i++)
		reader->steps[i] = (struct step){ SERVICE_map_get, HASH, i, 0 };
	reader->steps[KEYS] = (struct step){ SERVICE_map_get, ARRAY, 1, 0 };
	reader->nr = KEYS + 1;
	CHECK(!call_player(reader, ENDS_WELL, true).status);
	for (i = 0; i < KEYS; i++) {
		CHECK(reader->status[i] == (committed.present[i] ? 0 : -ENOENT));
		CHECK(reader->status[i] || reader->got[i] == committed.hash[i]);
	}
	CHECK(!reader->status[KEYS] && reader->got[KEYS] == committed.array[1]);
}

static bool with_interrupts;

static void check_readers(void)
{
	struct contents now = read_committed();

	CHECK(same(&now, &committed));
	if (with_interrupts)
		interrupt_reads();
}

/* ---- one call ---- */

static void check_step(struct player *player, uint32_t nr)
{
	const struct step *step = &player->steps[nr];
	int expected;

	if (step->service == SERVICE_now)
		return; /* check_nested() has */
	expected = expect(step);
	CHECK(player->status[nr] == expected, "%d, not %d", player->status[nr], expected);
	if (step->service == SERVICE_map_get && !expected)
		CHECK(player->got[nr] == (step->map == ARRAY ? model.now.array[step->key] :
							       model.now.hash[step->key]));
	check_readers();
}

#define NEVER STEPS

static uint32_t kill_at = NEVER; /* the step before which a is killed */

static void before_step(struct player *player, uint32_t nr)
{
	check_readers();
	if (nr == kill_at)
		CHECK(!core_kill(player->name, &why));
}

/* What the nested call of b does; the value of the step with SERVICE_now says how it ends. */
#define UNDOES ENDINGS /* in the middle, and ends well */

static const struct step nested_steps[] = {
	{ SERVICE_map_get, HASH, 1, 0 },   { SERVICE_map_set, HASH, 1, 71 },
	{ SERVICE_map_set, HASH, 3, 73 },  { SERVICE_map_delete, HASH, 2, 0 },
	{ SERVICE_map_set, ARRAY, 0, 70 }, { SERVICE_map_push, RING, 0, 79 },
	{ SERVICE_map_get, HASH, 1, 0 },
};

static void call_nested(void)
{
	struct player *player = &players[1];
	uint32_t how = players[0].steps[players[0].answered].value;
	struct model outer_base = base;

	fake.during_service = NULL;
	base = model;
	memcpy(player->steps, nested_steps, sizeof(nested_steps));
	player->nr = sizeof(nested_steps) / sizeof(nested_steps[0]);
	if (how == UNDOES)
		player->steps[4] = (struct step){ SERVICE_undo, 0, 0, 0 };
	CHECK(!call_player(player, how == REFUSED ? REFUSED : ENDS_WELL, false).status);
	if (how == REFUSED)
		model = base;
	base = outer_base;
	check_readers();
	fake.during_service = call_nested;
}

/* Plays the steps of a, and checks what has become of the maps. */
static void run(enum ending how)
{
	static const uint32_t status_of[] = {
		[FAULTS] = PLUGIN_STATUS_FAULT, [IS_KILLED] = PLUGIN_STATUS_KILLED
	};
	struct player *player = &players[0];
	struct contents now;

	kill_at = how == IS_KILLED ? player->nr - 1 : NEVER;
	committed = read_committed();
	memset(&model, 0, sizeof(model));
	model.now = committed;
	base = model;
	fake.during_service = call_nested;
	CHECK(call_player(player, how, false).status == status_of[how]);
	fake.during_service = NULL;
	if (how == ENDS_WELL)
		committed = model.now;
	now = read_committed();
	CHECK(same(&now, &committed));
	check_all_at_rest();
	if (player->plugin->state == CORE_DEAD) {
		unload_player(player);
		load_player(player);
		open_maps(player);
	}
}

/* ---- every sequence ---- */

static const struct step alphabet[] = {
	{ SERVICE_map_set, HASH, 1, 11 },   { SERVICE_map_set, HASH, 3, 13 },
	{ SERVICE_map_set, HASH, 4, 14 },   { SERVICE_map_delete, HASH, 1, 0 },
	{ SERVICE_map_delete, HASH, 3, 0 }, { SERVICE_map_get, HASH, 1, 0 },
	{ SERVICE_map_lock, HASH, 3, 0 },   { SERVICE_map_lock, HASH, NO_KEY, 0 },
	{ SERVICE_map_set, ARRAY, 0, 10 },  { SERVICE_map_push, RING, 0, 15 },
	{ SERVICE_now, 0, 0, ENDS_WELL },   { SERVICE_now, 0, 0, REFUSED },
	{ SERVICE_now, 0, 0, UNDOES },	    { SERVICE_undo, 0, 0, 0 },
};

#define LETTERS (sizeof(alphabet) / sizeof(alphabet[0]))

static const struct contents initial = { .present = { [1] = true, [2] = true },
					 .hash = { [1] = 101, [2] = 102 },
					 .array = { 100, 101 } };

/* All sequences of @length steps, each with a different value. */
static void every_sequence(uint32_t length, enum ending how)
{
	struct player *player = &players[0];
	uint32_t numbers = 1, number, rest, i;

	for (i = 0; i < length; i++)
		numbers *= LETTERS;
	for (number = 0; number < numbers; number++) {
		player->nr = length;
		for (rest = number, i = 0; i < length; i++, rest /= LETTERS) {
			player->steps[i] = alphabet[rest % LETTERS];
			if (player->steps[i].service != SERVICE_now)
				player->steps[i].value += 1000 * i;
		}
		if (how == ENDS_WELL)
			write_committed(&initial);
		run(how);
	}
}

static void sequences(void)
{
	uint32_t length;

	for (length = 0; length <= 4; length++) {
		write_committed(&initial);
		every_sequence(length, REFUSED);
	}
	for (length = 0; length <= 3; length++)
		every_sequence(length, ENDS_WELL);
	with_interrupts = true;
	for (length = 0; length <= 2; length++) {
		write_committed(&initial);
		every_sequence(length, FAULTS);
		every_sequence(length, length ? IS_KILLED : FAULTS);
	}
	with_interrupts = false;
}

/* ---- random transactions ---- */

static uint32_t seed = 1;

static uint32_t below(uint32_t bound)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % bound;
}

static void at_random(void)
{
	struct player *player = &players[0];
	uint32_t aborted = 0, i, value;

	with_interrupts = true;
	while (aborted < 100000) {
		player->nr = below(9);
		for (i = 0; i < player->nr; i++) {
			player->steps[i] = alphabet[below(LETTERS)];
			if (player->steps[i].service == SERVICE_now)
				continue;
			player->steps[i].value = below(1u << 30);
			if (player->steps[i].map == HASH && player->steps[i].key != NO_KEY)
				player->steps[i].key = below(KEYS);
		}
		with_interrupts = !below(8);
		if (below(50)) {
			run(below(500) ? REFUSED : FAULTS);
			aborted++;
		} else {
			run(ENDS_WELL);
			if (below(2))
				core_map_pop(&uses[RING], &value, &why);
		}
	}
}

static bool play_and_die(uint32_t handle, uint32_t turn, int status, uint32_t value,
			 struct port_answer *request)
{
	bool goes_on = play(handle, turn, status, value, request);

	if (!goes_on)
		CHECK(!core_kill(player_of(handle)->name, &why));
	return goes_on;
}

/* A call that ends well commits, also if its plugin is killed before others hear of the end. */
static void killed_at_the_end(void)
{
	static const uint32_t key = 1;
	struct player *player = &players[0];
	uint32_t value;

	write_committed(&initial);
	player->steps[0] = (struct step){ SERVICE_map_set, HASH, key, 7 };
	player->nr = 1;
	player->before = NULL;
	player->after = NULL;
	fake.ask = play_and_die;
	CHECK(call_player(player, ENDS_WELL, false).status == PLUGIN_STATUS_OK);
	fake.ask = play;
	CHECK(player->plugin->state == CORE_DEAD);
	CHECK(!core_map_read(&uses[HASH], &key, &value, &why) && value == 7);
	check_all_at_rest();
}

/* ---- keys one after the other, within a transaction ---- */

/* From the fifth step on: the key behind that of the step before. */
static void go_on(struct player *player, uint32_t step)
{
	if (step > 4 && step < player->nr)
		player->steps[step].key = player->got[step - 1];
}

/* Of the keys 0 to 2, 1 is committed, and 0 and 2 are staged; in the second round 1 is removed. */
static void walks(void)
{
	static const struct step steps[] = {
		{ SERVICE_map_set, HASH, 0, 5 },       { SERVICE_map_set, HASH, 2, 5 },
		{ SERVICE_map_get, HASH, 1, 0 },       { SERVICE_map_get, HASH, 1, 0 },
		{ SERVICE_map_next, HASH, NO_KEY, 0 }, { SERVICE_map_next, HASH, 0, 0 },
		{ SERVICE_map_next, HASH, 0, 0 },      { SERVICE_map_next, HASH, 0, 0 },
	};
	struct player *player = &players[0];
	uint32_t key = 1, value = 5, round, seen, i;

	CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	for (round = 0; round < 2; round++) {
		memcpy(player->steps, steps, sizeof(steps));
		player->nr = sizeof(steps) / sizeof(steps[0]);
		player->before = go_on;
		if (round)
			player->steps[3].service = SERVICE_map_delete;
		CHECK(!call_player(player, REFUSED, false).status);
		for (i = 4, seen = 0; !player->status[i]; i++)
			seen |= 1u << player->got[i];
		CHECK(player->status[i] == -ENOENT && i == (round ? 6 : 7));
		CHECK(seen == (round ? 1u << 0 | 1u << 2 : 7));
	}
	player->before = NULL;
	key = 1;
	CHECK(!core_map_remove(&uses[HASH], &key, &why));
	check_all_at_rest();
}

/* Larger than what core_map_walk() looks at in one hold of the lock. */
static void sparse(void)
{
	static const struct core_map_use use = { "sparse", 4, 4 };
	static const struct core_map_create like = { "sparse", CORE_MAP_HASH, 4, 4, 5000 };
	uint32_t key, value, place = 0, index = 0, i;
	const struct core_map *map;

	CHECK(!core_map_create(&like, &key, &why));
	for (i = 0; i < 5000; i++)
		CHECK(!core_map_write(&use, &i, &i, &why));
	for (i = 0; i < 5000; i++)
		if (i != 4321)
			CHECK(!core_map_remove(&use, &i, &why));
	CHECK(!core_map_walk(&use, &place, &key, &value, &why) && key == 4321 && value == 4321);
	CHECK(core_map_walk(&use, &place, &key, &value, &why) == -ENOENT);
	/* Absent items are passed over 32 at a time: the lock is held meanwhile. */
	map = map_named("sparse");
	CHECK(core_item_from(map, &index, map->nr_items / 32 + 2, NULL));
	CHECK(!core_item_from(map, &index, map->nr_items / 32 + 2, NULL) && index >= map->nr_items);
	check_at_rest(map);
	CHECK(!core_map_delete("sparse", &why));
}

int main(int argc, char **argv)
{
	read_argument(argc, argv);
	begin_players();
	walks();
	sparse();
	players[0].before = before_step;
	players[0].after = check_step;
	players[1].after = check_step;
	sequences();
	at_random();
	killed_at_the_end();
	end_players();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
