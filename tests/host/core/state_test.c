// SPDX-License-Identifier: MIT
/*
 * The audit's view of maps, against a fake monitor.
 *
 * Claims: the hash of all maps changes with each key, value, record and map, and with the order of
 * records; it is the same before and after a call that does not end well, whose changes nobody counts. At each
 * moment of calls nothing is wrong with the maps; each kind of thing that an end of a call could have
 * left is found. Cannot tell: Linux's part of the audit.
 *
 * Argument: many.plg.
 */
#include "mapping.h"
#include "map/state.h"

static struct core_maps_state state(void)
{
	struct core_maps_state now;

	port_lock();
	now = core_maps_state();
	port_unlock();
	return now;
}

static const char *fault(void)
{
	const char *found;

	port_lock();
	found = core_maps_fault();
	port_unlock();
	return found;
}

static void nothing_is_wrong(struct player *player, uint32_t step)
{
	(void)player, (void)step;
	CHECK(!fault(), "%s", fault());
}

/* ---- hash ---- */

static struct core_maps_state last;

/* Something has changed; undone, it is as before, unless a transaction has done both. */
static void moved(void)
{
	struct core_maps_state now = state();

	CHECK(now.hash != last.hash && now.changes > last.changes && !fault());
	last = now;
}

static void run_step(struct step step)
{
	players[0].steps[0] = step;
	players[0].nr = 1;
	CHECK(!call_player(&players[0], ENDS_WELL, false).status && !players[0].status[0]);
	moved();
}

static void hash_tells(void)
{
	static const struct core_map_create more = { "more", CORE_MAP_HASH, 4, 4, 3 };
	uint32_t key = 1, value = 7, id, first;

	last = state();
	first = last.hash;
	CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	moved();
	value = 8;
	CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	moved();
	CHECK(!core_map_remove(&uses[HASH], &key, &why));
	moved();
	CHECK(last.hash == first);
	CHECK(!core_map_write(&uses[ARRAY], &key, &value, &why));
	moved();
	CHECK(!core_map_create(&more, &id, &why));
	moved();
	CHECK(!core_map_delete("more", &why));
	moved();
	run_step((struct step){ SERVICE_map_set, HASH, 2, 5 });
	run_step((struct step){ SERVICE_map_push, RING, NO_KEY, 5 });
	run_step((struct step){ SERVICE_map_push, RING, NO_KEY, 6 });
	id = last.hash;
	CHECK(!core_map_pop(&uses[RING], &value, &why));
	moved();
	run_step((struct step){ SERVICE_map_push, RING, NO_KEY, 5 });
	CHECK(last.hash != id); /* 6, 5 are not 5, 6 */
	while (!core_map_pop(&uses[RING], &value, &why))
		;
	run_step((struct step){ SERVICE_map_delete, HASH, 2, 0 });
}

/* ---- calls ---- */

static void aborts_are_not_seen(void)
{
	static const struct step steps[] = {
		{ SERVICE_map_lock, HASH, 0, 0 },      { SERVICE_map_set, HASH, 1, 9 },
		{ SERVICE_map_delete, HASH, 1, 0 },    { SERVICE_map_set, ARRAY, 1, 3 },
		{ SERVICE_map_push, RING, NO_KEY, 4 }, { SERVICE_map_lock, ARRAY, NO_KEY, 0 },
		{ SERVICE_map_set, HASH, 3, 2 },       { SERVICE_undo, 0, NO_KEY, 0 },
		{ SERVICE_map_set, HASH, 4, 1 },
	};
	struct player *player = &players[0];
	enum ending ending;
	uint32_t nr;

	memcpy(player->steps, steps, sizeof(steps));
	player->before = player->after = nothing_is_wrong;
	for (ending = REFUSED; ending < IS_KILLED; ending++)
		for (nr = 0; nr <= sizeof(steps) / sizeof(steps[0]); nr++) {
			player->nr = nr;
			last = state();
			call_player(player, ending, nr % 2);
			CHECK(state().hash == last.hash && state().changes == last.changes);
			CHECK(!fault());
			if (ending == REFUSED)
				continue;
			unload_player(player);
			load_player(player);
			open_maps(player);
		}
	player->before = player->after = NULL;
}

/* ---- what is wrong ---- */

static void says(const char *part)
{
	CHECK(fault() && strstr(fault(), part), "%s", fault() ? fault() : "nothing");
}

#define WRONG(what, with, part)                    \
	do {                                       \
		__typeof__(what) was = (what);     \
		(what) = (__typeof__(what))(with); \
		says(part);                        \
		(what) = was;                      \
		CHECK(!fault(), "%s", fault());    \
	} while (0)

static void faults_are_found(void)
{
	struct core_map *hash = map_named("hash"), *array = map_named("array");
	struct core_version *version = hash->free_versions;
	struct core_transaction nobody = { 0 };
	uint32_t key = 1, value = 1;
	struct core_item *item;

	CHECK(!core_map_write(&uses[HASH], &key, &value, &why));
	item = core_item_find(hash, (const uint8_t *)&key);
	WRONG(version->owner, &nobody, "a change or lock is of no call");
	WRONG(*hash->staged, 1, "versions are lost");
	WRONG(hash->free_versions, version->older, "versions are lost");
	WRONG(version->older, version, "versions are lost");
	WRONG(hash->promised, 1, "room is promised to no change");
	WRONG(hash->used, hash->max + 1, "room is promised to no change");
	WRONG(hash->holder, &nobody, "the map is locked by no call");
	WRONG(item->holder, &nobody, "an entry is locked by no call");
	WRONG(item->staged, version, "an entry has a change of no call");
	WRONG(item->promised, true, "an entry has a change of no call");
	WRONG(array->used, 1, "entries are counted wrong");
	WRONG(hash->used, 0, "entries are counted wrong");
	WRONG(hash->free_items, hash->free_items->next, "entries are lost");
	hash->used = 0;
	item->present = false;
	says("an entry is neither there nor changed");
	hash->used = 1;
	item->present = true;
	CHECK(!fault() && !core_map_remove(&uses[HASH], &key, &why));
}

int main(int argc, char **argv)
{
	read_argument(argc, argv);
	begin_players();
	hash_tells();
	aborts_are_not_seen();
	faults_are_found();
	end_players();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
