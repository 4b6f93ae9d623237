// SPDX-License-Identifier: MIT
/*
 * Work whose results are in maps: a plugin counts words (`words`), a graft keeps books (`books`). If a
 * call does not end well, the maps must be what they were before it.
 */
#include <string.h>

#include "work.h"

#define ROUNDS 12

static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size--)
		hash = (hash ^ *at++) * 16777619u;
	return hash;
}

/* A hash of the map's entries, if it has keys, and of the number of entries and staged changes. */
static uint32_t hash_map(const char *name)
{
	struct ringfence_map_entry entry = { 0 };
	struct ringfence_map map = { 0 };
	uint32_t hash = 2166136261u;

	strncpy(map.name, name, sizeof(map.name) - 1);
	if (request(RINGFENCE_IOC_MAP_SHOW, &map, sizeof(map)))
		fail("map %s is gone", name);
	hash = hash_bytes(hash, &map.used, sizeof(map.used));
	if (map.staged)
		fail("map %s has %u changes of no call", name, map.staged);
	if (map.kind == RINGFENCE_MAP_RING)
		return hash;
	strncpy(entry.name, name, sizeof(entry.name) - 1);
	entry.key_size = map.key_size;
	entry.value_size = map.value_size;
	while (!request(RINGFENCE_IOC_MAP_WALK, &entry, sizeof(entry))) {
		hash = hash_bytes(hash, entry.key, map.key_size);
		hash = hash_bytes(hash, entry.value, map.value_size);
		memset(entry.key, 0, sizeof(entry.key));
		memset(entry.value, 0, sizeof(entry.value));
	}
	return hash;
}

/* ---- words ---- */

static const char text[] =
	"The kernel asks a plugin, checks the answer, and decides by itself if the answer is bad or "
	"the plugin was stopped. Bad or good: the kernel is what it was.";

static void no_open(struct seat *seat)
{
	(void)seat;
}

static void begin_words(struct seat *seat)
{
	create_map("words", RINGFENCE_MAP_HASH, 16, 4, 64);
	seat->graft = 0;
	seat->ended = 0;
}

static void run_words(struct seat *seat, uint32_t seed)
{
	const struct call count = { .plugin = seat->plugin,
				    .entry = "count",
				    .window = text,
				    .window_size = sizeof(text) - 1 };
	uint32_t before, value;
	int i;

	(void)seed;
	for (i = 0; i < 3; i++) {
		before = hash_map("words");
		seat->ended = call_plugin(&count, &value);
		if (seat->ended && hash_map("words") != before)
			fail("words were counted by a call that did not end well");
		if (seat->ended)
			return;
	}
}

static void end_words(struct seat *seat)
{
	(void)seat;
	delete_map("words");
}

const struct work words = { .name = "words",
			    .open = no_open,
			    .begin = begin_words,
			    .run = run_words,
			    .end = end_words,
			    .alone = true };

/* ---- books ---- */

static void begin_books(struct seat *seat)
{
	struct ringfence_map_entry entry = { .key_size = 4, .value_size = 4 };
	uint32_t key, balance = 100;

	create_map("accounts", RINGFENCE_MAP_HASH, 4, 4, 16);
	create_map("totals", RINGFENCE_MAP_ARRAY, 4, 4, 4);
	create_map("transfers", RINGFENCE_MAP_RING, 0, 12, 32);
	strcpy(entry.name, "accounts");
	for (key = 0; key < 10; key++) {
		memcpy(entry.key, &key, sizeof(key));
		memcpy(entry.value, &balance, sizeof(balance));
		if (request(RINGFENCE_IOC_MAP_SET, &entry, sizeof(entry)))
			fail("account %u was not opened", key);
	}
	seat->graft = attach_graft("trial", seat->plugin, RINGFENCE_SCOPE_PROCESS, 0);
}

static uint32_t hash_books(void)
{
	return hash_map("accounts") * 31 * 31 + hash_map("totals") * 31 + hash_map("transfers");
}

static void run_books(struct seat *seat, uint32_t seed)
{
	uint32_t before;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct ringfence_ask ask = { .rounds = 1, .limit = 2 };

		ask.args[0] = next_random(&seed);
		ask.args[1] = next_random(&seed) % 120;
		before = hash_books();
		if (request(RINGFENCE_IOC_ASK, &ask, sizeof(ask)))
			fail("the graft was not asked");
		if (!ask.answered && hash_books() != before)
			fail("the books were changed by a question that was aborted");
	}
	seat->ended = 0;
}

static void end_books(struct seat *seat)
{
	(void)seat;
	delete_map("accounts");
	delete_map("totals");
	delete_map("transfers");
}

const struct work books = { .name = "books",
			    .open = no_open,
			    .begin = begin_books,
			    .run = run_books,
			    .end = end_books,
			    .alone = true };
