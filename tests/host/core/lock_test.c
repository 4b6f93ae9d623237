// SPDX-License-Identifier: MIT
/*
 * Two transactions at once and an interrupt that reads, in every interleaving, against a fake
 * monitor and a model.
 *
 * Claims: whoever changes or locks what another transaction has waits for its end; two that wait
 * for each other do not come to be, as the second is told -EDEADLK; a transaction that keeps
 * another waiting for too long is killed and undone. At every moment processes and interrupts
 * read what transactions that have ended well have left, one after the other. No lock is left,
 * however the calls end. An atomic call does not wait. Cannot tell: two processors, real time.
 *
 * The calls are fibers. One gives way when its plugin is interrupted, after each service, and
 * when it waits: these are the moments at which other tasks run.
 *
 * Argument: many.plg.
 */
#include "fiber.h"
#include "mapping.h"

/* ---- the model ---- */

struct seen {
	bool present[KEYS];
	uint32_t value[KEYS];
	uint32_t records;
};

#define LOCK_OF_MAP (1u << KEYS)

/* One of the two calls. */
struct actor {
	struct fiber fiber;
	struct player *player;
	enum ending ending;
	uint32_t caller;
	struct core_result result;
	bool begun, waits, killed, gives_up;
	bool released; /* waits, and the other has given back locks since */
	uint32_t has;  /* locks of the hash: bits of keys, LOCK_OF_MAP */
	uint32_t pushes;
	struct step done[STEPS]; /* changes */
	uint32_t nr_done;
	int expected[STEPS];
	uint32_t expected_got[STEPS];
	uint32_t next; /* step */
};

static struct actor actors[2] = { { .player = &players[0], .caller = 1 },
				  { .player = &players[1], .caller = 2 } };
static struct actor *running; /* NULL: the main program */
static struct seen committed;

static struct actor *other(const struct actor *actor)
{
	return &actors[actor == &actors[0]];
}

static void apply(struct seen *seen, const struct step *step)
{
	if (step->service == SERVICE_map_push) {
		seen->records++;
		return;
	}
	seen->present[step->key] = step->service == SERVICE_map_set;
	seen->value[step->key] = step->service == SERVICE_map_set ? step->value : 0;
}

static struct seen view_of(const struct actor *actor)
{
	struct seen seen = committed;
	uint32_t i;

	for (i = 0; i < actor->nr_done; i++)
		apply(&seen, &actor->done[i]);
	return seen;
}

static bool is_blocked(const struct actor *actor, const struct step *step)
{
	const struct actor *holder = other(actor);

	if (step->service == SERVICE_map_get || step->service == SERVICE_undo || step->map == RING)
		return false;
	if (step->key == NO_KEY)
		return holder->has;
	return holder->has & (LOCK_OF_MAP | 1u << step->key);
}

/* The actor has ended, or undone all. */
static void give_back(struct actor *actor)
{
	actor->has = actor->pushes = actor->nr_done = 0;
	other(actor)->released = true;
}

/* The actor makes its next step now: the status and effect, or that it waits. */
static void predict(struct actor *actor)
{
	const struct step *step = &actor->player->steps[actor->next];
	struct seen seen = view_of(actor);
	int *expected = &actor->expected[actor->next];
	bool changes = true;

	actor->waits = is_blocked(actor, step);
	actor->released = false;
	if (actor->waits && other(actor)->waits && !other(actor)->released) {
		actor->waits = false;
		*expected = -EDEADLK;
		return;
	}
	if (actor->waits)
		return;
	*expected = 0;
	switch (step->service) {
	case SERVICE_map_get:
		*expected = seen.present[step->key] ? 0 : -ENOENT;
		actor->expected_got[actor->next] = seen.value[step->key];
		changes = false;
		break;
	case SERVICE_map_lock:
		actor->has |= step->key == NO_KEY ? LOCK_OF_MAP : 1u << step->key;
		changes = false;
		break;
	case SERVICE_map_push:
		if (committed.records + actors[0].pushes + actors[1].pushes == 2)
			*expected = -ENOSPC;
		else
			actor->pushes++;
		break;
	case SERVICE_undo:
		changes = false;
		give_back(actor);
		break;
	case SERVICE_map_delete:
		if (!seen.present[step->key])
			*expected = -ENOENT;
		break;
	}
	if (!changes || *expected)
		return;
	if (step->map == HASH)
		actor->has |= 1u << step->key;
	actor->done[actor->nr_done++] = *step;
}

/* ---- scheduling ---- */

static void give_way(void)
{
	struct actor *actor = running;

	if (!actor)
		return;
	running = NULL;
	fiber_give_way(&actor->fiber);
}

/* The actor waits. When it runs again, either the time is over or the other has ended. */
static bool wait_on(void)
{
	struct actor *actor = running;
	bool gives_up;

	if (!actor)
		return false;
	CHECK(actor->waits);
	give_way();
	gives_up = actor->gives_up;
	actor->gives_up = false;
	if (!gives_up)
		predict(actor);
	return !gives_up;
}

static bool interrupts(uint32_t handle)
{
	bool first;

	(void)handle;
	if (!running)
		return false;
	first = !running->begun;
	running->begun = true;
	return first;
}

static void before(struct player *player, uint32_t step)
{
	if (!running)
		return;
	CHECK(running->player == player);
	running->next = step;
	if (step < player->nr)
		predict(running);
}

static void after(struct player *player, uint32_t step)
{
	const struct actor *actor = running;

	if (!actor)
		return;
	CHECK(player->status[step] == actor->expected[step], "step %u: %d, not %d", step,
	      player->status[step], actor->expected[step]);
	if (player->steps[step].service == SERVICE_map_get && !player->status[step])
		CHECK(player->got[step] == actor->expected_got[step]);
}

static void act(void *what)
{
	struct actor *actor = what;

	actor->result = call_player(actor->player, actor->ending, false);
	running = NULL;
}

static void resume(struct actor *actor)
{
	running = actor;
	fake.caller = actor->caller;
	fiber_resume(&actor->fiber);
	CHECK(!running);
}

/* The call is over: what it has changed is there, or is not. */
static void conclude(struct actor *actor)
{
	CHECK(actor->result.status == (actor->killed ? PLUGIN_STATUS_KILLED : PLUGIN_STATUS_OK));
	if (!actor->killed && actor->ending == ENDS_WELL)
		committed = view_of(actor);
	give_back(actor);
	CHECK(!actor->waits);
}

static void check_readers(void)
{
	struct contents now = read_committed();
	struct player *reader = &players[2];
	uint32_t i;

	CHECK(!memcmp(now.present, committed.present, sizeof(now.present)));
	CHECK(!memcmp(now.hash, committed.value, sizeof(now.hash)));
	CHECK(now.records == committed.records);
	fake.caller = 1; /* the task that the interrupt has interrupted */
	reader->nr = 2;
	for (i = 0; i < 2; i++)
		reader->steps[i] = (struct step){ SERVICE_map_get, HASH, i + 1, 0 };
	CHECK(!call_player(reader, ENDS_WELL, true).status);
	for (i = 0; i < 2; i++)
		CHECK(reader->status[i] ? !committed.present[i + 1] :
					  reader->got[i] == committed.value[i + 1]);
}

static bool with_time_outs;

/*
 * What may happen next: the actor goes on, or its time to wait is over. Returns the number of
 * choices, at most 2.
 */
struct choice {
	struct actor *actor;
	bool gives_up;
};

static uint32_t choices(struct choice *to)
{
	uint32_t nr = 0, i;

	for (i = 0; i < 2; i++) {
		struct actor *actor = &actors[i];

		if (actor->fiber.over)
			continue;
		if (!actor->waits || actor->released)
			to[nr++] = (struct choice){ actor, false };
		else if (with_time_outs && !other(actor)->killed)
			to[nr++] = (struct choice){ actor, true };
	}
	return nr;
}

/* Begins both calls, which stop before their first step. */
static void begin(void)
{
	uint32_t i;

	for (i = 0; i < 2; i++) {
		struct actor *actor = &actors[i];

		actor->begun = actor->waits = actor->killed = false;
		actor->has = actor->pushes = actor->nr_done = 0;
		fiber_set(&actor->fiber, act, actor);
		resume(actor);
	}
}

static void revive(struct actor *actor)
{
	if (!actor->killed)
		return;
	unload_player(actor->player);
	load_player(actor->player);
	open_maps(actor->player);
}

#define PATH_MAX 32

static const struct contents initial = { .present = { [1] = true }, .hash = { [1] = 101 } };
static unsigned long interleavings, waits, deadlocks, kills;

/* One interleaving: the choices of @path, and from @length on always the first. */
static void interleave(uint8_t *path, uint8_t *width, uint32_t *length)
{
	struct choice next[2];
	uint32_t at = 0, nr, i;

	write_committed(&initial);
	committed = (struct seen){ .present = { [1] = true }, .value = { [1] = 101 } };
	begin();
	while ((nr = choices(next))) {
		struct choice *choice;

		CHECK(at < PATH_MAX);
		if (at >= *length)
			path[at] = 0;
		width[at] = nr;
		choice = &next[path[at++]];
		choice->actor->gives_up = choice->gives_up;
		if (choice->gives_up) {
			other(choice->actor)->killed = true;
			kills++;
		}
		resume(choice->actor);
		waits += choice->actor->waits;
		if (choice->actor->fiber.over)
			conclude(choice->actor);
		check_readers();
	}
	*length = at;
	interleavings++;
	for (i = 0; i < 2; i++) {
		CHECK(actors[i].fiber.over, "both wait");
		for (nr = 0; nr < actors[i].player->answered; nr++)
			deadlocks += actors[i].player->status[nr] == -EDEADLK;
		revive(&actors[i]);
	}
	check_all_at_rest();
}

/* Every interleaving of the steps that the two players have. */
static void every_interleaving(void)
{
	uint8_t path[PATH_MAX], width[PATH_MAX];
	uint32_t length = 0;

	for (;;) {
		interleave(path, width, &length);
		while (length && path[length - 1] + 1 == width[length - 1])
			length--;
		if (!length)
			return;
		path[length - 1]++;
	}
}

static const struct step alphabet[] = {
	{ SERVICE_map_set, HASH, 1, 11 },      { SERVICE_map_set, HASH, 2, 12 },
	{ SERVICE_map_lock, HASH, NO_KEY, 0 }, { SERVICE_map_delete, HASH, 1, 0 },
	{ SERVICE_map_lock, HASH, 2, 0 },      { SERVICE_map_get, HASH, 1, 0 },
	{ SERVICE_map_push, RING, 0, 15 },     { SERVICE_undo, 0, 0, 0 },
};

#define ALL_LETTERS (sizeof(alphabet) / sizeof(alphabet[0]))

static void choose_steps(struct player *player, uint32_t number, uint32_t length, uint32_t letters)
{
	uint32_t i;

	player->nr = length;
	for (i = 0; i < length; i++, number /= letters) {
		player->steps[i] = alphabet[number % letters];
		player->steps[i].value += 1000 * i + 100000 * (player == &players[1]);
	}
}

/* All pairs of calls with @length of the first @letters steps. */
static void every_pair(uint32_t length, uint32_t letters)
{
	uint32_t numbers = 1, number, i;

	for (i = 0; i < length; i++)
		numbers *= letters;
	/* Both end well, one, or none: which one is another pair. */
	for (number = 0; number < numbers * numbers * 3; number++) {
		actors[0].ending = number % 3 > 0 ? REFUSED : ENDS_WELL;
		actors[1].ending = number % 3 > 1 ? REFUSED : ENDS_WELL;
		choose_steps(&players[0], number / 3 % numbers, length, letters);
		choose_steps(&players[1], number / 3 / numbers, length, letters);
		every_interleaving();
	}
}

/* The second of three steps undoes the first, for which the other may wait. */
static void undo_in_between(void)
{
	uint32_t number;

	for (number = 0; number < 27 * 27; number++) {
		actors[0].ending = actors[1].ending = ENDS_WELL;
		choose_steps(&players[0], number / 27, 3, 3);
		choose_steps(&players[1], number % 27, 3, 3);
		players[0].steps[1] = (struct step){ SERVICE_undo, 0, 0, 0 };
		every_interleaving();
	}
}

static void interleaved(void)
{
	fake.interrupt = interrupts;
	fake.during_give_way = give_way;
	fake.during_wait_for = wait_on;
	players[0].before = players[1].before = before;
	players[0].after = players[1].after = after;
	every_pair(1, ALL_LETTERS);
	every_pair(2, ALL_LETTERS);
	every_pair(3, 3);
	undo_in_between();
	CHECK(waits > 1000 && deadlocks > 1000 && !kills);
	with_time_outs = true;
	every_pair(2, 3);
	CHECK(kills > 1000);
	printf("%lu interleavings, %lu waits, %lu deadlocks, %lu killed for their locks\n",
	       interleavings, waits, deadlocks, kills);
	fake.interrupt = NULL;
	fake.during_give_way = NULL;
	fake.during_wait_for = NULL;
	players[0].before = players[1].before = NULL;
	players[0].after = players[1].after = NULL;
}

int main(int argc, char **argv)
{
	uint32_t i;

	read_argument(argc, argv);
	begin_players();
	interleaved();
	end_players();
	for (i = 0; i < 2; i++)
		free(actors[i].fiber.stack);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
