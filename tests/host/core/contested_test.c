// SPDX-License-Identifier: MIT
/*
 * What happens to those who want what a transaction has, case by case, against a fake monitor.
 *
 * Claims: a process that changes an entry waits too, and reads without waiting. Who waits too
 * long has the plugins of the holder killed, nested ones too, and the log says why. A plugin that
 * is killed while it waits gives up, and so does one whose caller has a fatal signal. An atomic
 * or masked call does not wait, and kills a holder that others want for too long. Too long is 10 ms
 * of which the holder has run 5, or 1 s. What others want may be room to stage a change. A map is not deleted while a call has something of it. A lock stays until
 * the end of the call, whatever is unlocked before. Cannot tell: the interleavings (lock_test.c).
 *
 * Argument: many.plg.
 */
#include "mapping.h"

static bool says(const char *text, const char *part)
{
	return strstr(text, part);
}

/*
 * Called when the last step of a player has been served, before its plugin goes on: here other
 * tasks run.
 */
static void (*meanwhile)(void);
static const struct player *maker;
static uint32_t made; /* steps of the maker */

static void note_step(struct player *player, uint32_t step)
{
	maker = player;
	made = step + 1;
}

static void give_way(void)
{
	void (*function)(void) = meanwhile;

	if (!function || made != maker->nr)
		return;
	meanwhile = NULL;
	fake.caller = 2;
	function();
	fake.caller = 1;
}

/* a sets key 1 and pushes a record; then the function runs. */
static struct core_result hold(enum ending ending, void (*function)(void))
{
	struct player *player = &players[0];

	meanwhile = function;
	player->steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 7 };
	player->steps[1] = (struct step){ SERVICE_map_push, RING, 0, 8 };
	player->nr = 2;
	fake.caller = 1;
	return call_player(player, ending, false);
}

static uint32_t value_of(uint32_t key)
{
	uint32_t value = 0;

	core_map_read(&uses[HASH], &key, &value, &why);
	return value;
}

/* ---- a process waits ---- */

static const uint32_t one = 1, two = 2, three = 3, nine = 9;
static uint32_t rounds;

static bool waits_in_vain(void)
{
	rounds++;
	return false;
}

/* a is killed, but its caller does not continue it: the process waits on. Then gives up. */
static bool waits_until_signal(void)
{
	fake.fatal_signal = ++rounds == 3;
	return rounds == 1;
}

static void process_kills(void)
{
	const struct core_plugin *plugin = players[0].plugin;

	CHECK(!core_map_write(&uses[HASH], &two, &nine, &why) && value_of(2) == 9);
	CHECK(core_map_read(&uses[HASH], &one, &rounds, &why) == -ENOENT);
	/* The last place is kept for key 1. */
	CHECK(!core_map_write(&uses[HASH], &three, &nine, &why));
	CHECK(core_map_write(&uses[HASH], &nine, &nine, &why) == -ENOSPC);
	CHECK(!core_map_remove(&uses[HASH], &three, &why));
	CHECK(core_map_delete("hash", &why) == -EBUSY && core_map_delete("ring", &why) == -EBUSY);
	CHECK(says(why.text, "a call that is under way has changed or locked something in map"));
	CHECK(!core_map_delete("array", &why));
	rounds = 0;
	fake.during_wait_for = waits_until_signal;
	CHECK(core_map_write(&uses[HASH], &one, &nine, &why) == -EINTR);
	CHECK(says(why.text, "the caller gave up to wait: try again") && rounds == 3);
	fake.fatal_signal = false;
	fake.during_wait_for = NULL;
	CHECK(plugin->killed && plugin->part.of && fake.kills && fake.wakes);
}

static void processes_wait(void)
{
	uint32_t id;

	fake.kills = fake.wakes = fake.warnings = 0;
	CHECK(hold(FAULTS, process_kills).status == PLUGIN_STATUS_KILLED);
	CHECK(!value_of(1) && value_of(2) == 9 && !map_named("ring")->used);
	CHECK(fake.warnings == 1 &&
	      says(fake.warning, "it was killed: it kept another waiting for what it changed or "
				 "locked in a map, longer than 10000 us"));
	CHECK(!core_map_create(&creates[ARRAY - 1], &id, &why));
	unload_player(&players[0]);
	load_player(&players[0]);
	open_maps(&players[0]);
	CHECK(!core_map_remove(&uses[HASH], &two, &why));
	check_all_at_rest();
}

/* ---- another plugin waits ---- */

/* b wants key 1; the function is what happens while it waits. */
static int b_wants(bool (*happens)(void))
{
	struct player *player = &players[1];

	fake.during_wait_for = happens;
	player->steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 9 };
	player->nr = 1;
	call_player(player, ENDS_WELL, false);
	fake.during_wait_for = NULL;
	return player->answered ? player->status[0] : 1;
}

static bool b_is_killed(void)
{
	CHECK(!core_kill("b", &why));
	return true;
}

static void killed_while_waiting(void)
{
	struct core_result result;
	const struct core_call call = { .name = "b", .entry = "first" };

	players[1].steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 9 };
	players[1].nr = 1;
	players[1].answered = 0;
	fake.during_wait_for = b_is_killed;
	CHECK(!core_call_plugin(&call, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_KILLED && !players[1].answered);
	fake.during_wait_for = NULL;
	CHECK(!players[0].plugin->killed);
	unload_player(&players[1]);
	load_player(&players[1]);
	open_maps(&players[1]);
}

static bool signal_comes(void)
{
	fake.fatal_signal = true;
	return true;
}

static void signal_while_waiting(void)
{
	CHECK(b_wants(signal_comes) == 1 && players[1].plugin->state == CORE_DEAD);
	fake.fatal_signal = false;
	unload_player(&players[1]);
	load_player(&players[1]);
	open_maps(&players[1]);
}

static void atomic_does_not_wait(void)
{
	struct player *player = &players[1];
	uint32_t i;

	player->steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 9 };
	player->steps[1] = (struct step){ SERVICE_map_lock, HASH, 1, 0 };
	player->steps[2] = (struct step){ SERVICE_map_lock, HASH, NO_KEY, 0 };
	player->steps[3] = (struct step){ SERVICE_map_delete, HASH, 1, 0 };
	player->steps[4] = (struct step){ SERVICE_map_set, HASH, 3, 33 };
	player->steps[5] = (struct step){ SERVICE_map_push, RING, 0, 34 };
	player->nr = 6;
	/* An interrupt has the identity of the task that it interrupts, whose call a is. */
	fake.caller = 1;
	CHECK(!call_player(player, ENDS_WELL, true).status);
	for (i = 0; i < 6; i++)
		CHECK(player->status[i] == (i < 4 ? -EBUSY : 0));
	/* Committed although a goes on. */
	CHECK(value_of(3) == 33 && map_named("ring")->used == 1);
	fake.caller = 2;
	CHECK(!players[0].plugin->killed);
}

/*
 * So long after the first that wanted what a has, who wants it has a killed. Of that time the caller
 * of a has not run for @idle_us.
 */
static void atomic_after(uint64_t us, uint64_t idle_us, bool kills)
{
	struct player *player = &players[1];

	player->steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 9 };
	player->nr = 1;
	CHECK(!call_player(player, ENDS_WELL, true).status && player->status[0] == -EBUSY);
	fake.clock += us * 1000;
	fake.idle += idle_us * 1000;
	CHECK(!players[0].plugin->killed);
	CHECK(!call_player(player, ENDS_WELL, true).status && player->status[0] == -EBUSY);
	CHECK(players[0].plugin->killed == kills);
}

static void atomic_in_time(void)
{
	atomic_after(CORE_LOCK_US - 1, 0, false);
}

static void atomic_too_late(void)
{
	atomic_after(CORE_LOCK_US, CORE_LOCK_US - CORE_LOCK_CPU_US, true);
}

/* On a busy machine a has not run for long enough, for up to a second. */
static void atomic_when_busy(void)
{
	atomic_after(CORE_LOCK_US, CORE_LOCK_US - CORE_LOCK_CPU_US + 1, false);
	atomic_after(CORE_LOCK_LATE_US - CORE_LOCK_US - 1, CORE_LOCK_LATE_US - CORE_LOCK_US - 1,
		     false);
}

static void atomic_when_idle(void)
{
	atomic_after(CORE_LOCK_LATE_US, CORE_LOCK_LATE_US, true);
}

/* A process waits twice: after the first time a has not run, after the second it has. */
static bool a_has_not_run(void)
{
	if (!rounds++)
		fake.idle += CORE_LOCK_US * 1000;
	CHECK(!players[0].plugin->killed || rounds == 3);
	fake.fatal_signal = rounds == 3;
	return rounds == 3;
}

static void process_is_patient(void)
{
	rounds = 0;
	fake.during_wait_for = a_has_not_run;
	CHECK(core_map_write(&uses[HASH], &one, &nine, &why) == -EINTR && rounds == 3);
	fake.during_wait_for = NULL;
	fake.fatal_signal = false;
	CHECK(players[0].plugin->killed);
}

/* The call of b is masked, as b has a graft. */
static void masked_does_not_wait(void)
{
	players[1].plugin->grafts = 1;
	atomic_after(CORE_LOCK_US - 1, 0, false);
	CHECK(b_wants(b_is_killed) == -EBUSY && !players[1].plugin->killed);
	players[1].plugin->grafts = 0;
}

static void reload_a(void)
{
	unload_player(&players[0]);
	load_player(&players[0]);
	open_maps(&players[0]);
}

static void others_wait(void)
{
	uint32_t value;

	CHECK(!hold(ENDS_WELL, killed_while_waiting).status && value_of(1) == 7);
	CHECK(!hold(ENDS_WELL, signal_while_waiting).status);
	CHECK(!core_map_pop(&uses[RING], &value, &why) && value == 8);
	CHECK(!core_map_pop(&uses[RING], &value, &why) && value == 8);
	CHECK(!hold(REFUSED, atomic_in_time).status);
	CHECK(!hold(REFUSED, atomic_in_time).status); /* the time begins again */
	CHECK(hold(ENDS_WELL, atomic_too_late).status == PLUGIN_STATUS_KILLED && value_of(1) == 7);
	reload_a();
	CHECK(!hold(REFUSED, atomic_when_busy).status);
	CHECK(hold(ENDS_WELL, atomic_when_idle).status == PLUGIN_STATUS_KILLED);
	reload_a();
	CHECK(hold(ENDS_WELL, process_is_patient).status == PLUGIN_STATUS_KILLED);
	reload_a();
	CHECK(!hold(REFUSED, masked_does_not_wait).status);
	CHECK(!hold(REFUSED, atomic_does_not_wait).status && value_of(1) == 7);
	CHECK(!core_map_pop(&uses[RING], &value, &why) && value == 34);
	CHECK(!core_map_remove(&uses[HASH], &three, &why));
	CHECK(!core_map_remove(&uses[HASH], &one, &why));
	check_all_at_rest();
}

/* ---- room for changes ---- */

/* a has all 16 versions of the hash: b, which wants another key, is told so or has a killed. */
static void b_wants_room(void)
{
	struct player *player = &players[1];

	player->steps[0] = (struct step){ SERVICE_map_lock, HASH, 99, 0 };
	player->nr = 1;
	CHECK(!call_player(player, ENDS_WELL, true).status && player->status[0] == -EBUSY);
	CHECK(!players[0].plugin->killed);
	fake.during_wait_for = waits_until_signal;
	rounds = 0;
	CHECK(call_player(player, ENDS_WELL, false).status == PLUGIN_STATUS_KILLED);
	CHECK(rounds == 3 && players[0].plugin->killed);
	fake.fatal_signal = false;
	fake.during_wait_for = NULL;
	unload_player(player);
	load_player(player);
	open_maps(player);
}

static void room_is_waited_for(void)
{
	struct player *player = &players[0];
	uint32_t i;

	for (i = 0; i < STEPS; i++)
		player->steps[i] = (struct step){ SERVICE_map_lock, HASH, 100 + i, 0 };
	player->nr = STEPS;
	meanwhile = b_wants_room;
	fake.caller = 1;
	CHECK(call_player(player, ENDS_WELL, false).status == PLUGIN_STATUS_KILLED);
	CHECK(!player->status[STEPS - 1] && !meanwhile);
	reload_a();
	/* The transaction that has them all itself is refused, and waits for nobody. */
	for (i = 0; i < STEPS; i++)
		player->steps[i].key++;
	player->steps[0] = (struct step){ SERVICE_map_lock, HASH, 100, 0 };
	CHECK(!call_player(player, ENDS_WELL, false).status && !player->status[STEPS - 1]);
	check_all_at_rest();
}

/* ---- nested calls ---- */

/* In a service of a, b is called, which keeps key 1 until another is tired of it. */
static void tires_of_b(void)
{
	fake.during_wait_for = waits_in_vain;
	fake.fatal_signal = false;
	rounds = 0;
	port_lock();
	CHECK(!core_wait_for(NULL, players[1].plugin->part.of));
	port_unlock();
	fake.during_wait_for = NULL;
}

static void call_b(void)
{
	struct player *player = &players[1];

	fake.during_service = NULL;
	player->steps[0] = (struct step){ SERVICE_map_set, HASH, 1, 9 };
	player->nr = 1;
	meanwhile = tires_of_b;
	CHECK(call_player(player, ENDS_WELL, false).status == PLUGIN_STATUS_KILLED);
}

static void nested_parts_are_killed(void)
{
	uint32_t i;

	players[0].steps[0] = (struct step){ SERVICE_map_set, HASH, 2, 5 };
	players[0].steps[1] = (struct step){ SERVICE_now, 0, 0, 0 };
	players[0].nr = 2;
	fake.caller = 1;
	fake.during_service = call_b;
	CHECK(call_player(&players[0], ENDS_WELL, false).status == PLUGIN_STATUS_KILLED);
	CHECK(rounds == 1 && !map_named("hash")->used);
	for (i = 0; i < 2; i++) {
		CHECK(players[i].plugin->killed && players[i].plugin->cause == CORE_CAUSE_LOCK);
		unload_player(&players[i]);
		load_player(&players[i]);
		open_maps(&players[i]);
	}
	check_all_at_rest();
}

/* ---- unlock ---- */

/* A plugin whose call is atomic pushes to a ring that another call has locked: it does not wait. */
static void ring_is_locked(void)
{
	struct player *player = &players[1];

	player->steps[0] = (struct step){ SERVICE_map_push, RING, 0, 1 };
	player->nr = 1;
	CHECK(!call_player(player, ENDS_WELL, true).status && player->status[0] == -EBUSY);
}

static void still_locked(void)
{
	static const uint32_t absent = 4;

	fake.during_wait_for = waits_in_vain;
	rounds = 0;
	fake.fatal_signal = true;
	CHECK(core_map_write(&uses[HASH], &absent, &nine, &why) == -EINTR);
	fake.fatal_signal = false;
	fake.during_wait_for = NULL;
}

static void lock_do_unlock(void)
{
	static const struct step steps[] = {
		{ SERVICE_map_unlock, HASH, 4, 0 },    { SERVICE_map_lock, HASH, 4, 0 },
		{ SERVICE_map_lock, HASH, 4, 0 },      { SERVICE_map_get, HASH, 4, 0 },
		{ SERVICE_map_unlock, HASH, 4, 0 },    { SERVICE_map_unlock, HASH, NO_KEY, 0 },
		{ SERVICE_map_lock, HASH, NO_KEY, 0 }, { SERVICE_map_unlock, HASH, NO_KEY, 0 },
	};
	static const int status[] = { -ENOLCK, 0, 0, -ENOENT, 0, -ENOLCK, 0, 0 };
	struct player *player = &players[0];
	uint32_t i;

	memcpy(player->steps, steps, sizeof(steps));
	player->nr = 8;
	CHECK(!call_player(player, ENDS_WELL, false).status);
	for (i = 0; i < 8; i++)
		CHECK(player->status[i] == status[i], "%u: %d", i, player->status[i]);
	check_all_at_rest();
	/* The same, and before the end somebody wants the key. */
	player->steps[0] = steps[1];
	player->steps[1] = steps[4];
	player->nr = 2;
	meanwhile = still_locked;
	CHECK(!call_player(player, ENDS_WELL, false).status && !meanwhile);
	player->steps[0] = (struct step){ SERVICE_map_lock, RING, NO_KEY, 0 };
	player->nr = 1;
	meanwhile = ring_is_locked;
	CHECK(!call_player(player, ENDS_WELL, false).status && !meanwhile);
	CHECK(!map_named("ring")->used);
	check_all_at_rest();
}

int main(int argc, char **argv)
{
	uint32_t i;

	read_argument(argc, argv);
	fake.during_give_way = give_way;
	for (i = 0; i < PLAYERS; i++)
		players[i].before = note_step;
	begin_players();
	processes_wait();
	others_wait();
	room_is_waited_for();
	nested_parts_are_killed();
	lock_do_unlock();
	end_players();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
