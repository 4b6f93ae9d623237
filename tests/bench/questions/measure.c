// SPDX-License-Identifier: MIT
/*
 * Measures questions to the graft of questions.c, in cycles of the time-stamp counter, which counts
 * instructions with icount. Prints lines of a name and a number; test_questions.py makes rows of them.
 *
 * Arguments: path of questions.plg.
 */
#include "../../plugins/device.h"
#include "work.h"

#include <sys/wait.h>
#include <time.h>

#define ROUNDS	20
#define LIMIT	10 /* answers below are good */
#define REFUSED 11

static const unsigned int changes[] = { 0, 1, 2, 4, 8, 16, 32, 64 };

static void call(const char *entry, uint32_t argument, uint32_t *status, uint32_t *value)
{
	struct ringfence_call arg = { 0 };

	head(&arg, sizeof(arg));
	strcpy(arg.name, "q");
	strcpy(arg.entry, entry);
	arg.nr_args = 1;
	arg.args[0] = argument;
	CHECK(!run(RINGFENCE_IOC_CALL, &arg));
	*status = arg.status;
	*value = arg.value;
}

/* Load the plugin with all services of maps. */
static void begin_calls(void)
{
	struct ringfence_load load = { 0 };
	uint32_t status, value;

	head(&load, sizeof(load));
	load.head.flags = RINGFENCE_LOAD_SERVICES;
	load.image = (uintptr_t)image;
	load.image_size = image_size;
	strcpy(load.name, "q");
	load.budget_us = 200000;
	load.services[0] = 0x4fffe;
	CHECK(!run(RINGFENCE_IOC_LOAD, &load));
	call("prepare", 0, &status, &value);
	CHECK(!status && !value);
}

/* And attach it. */
static void begin(void)
{
	struct ringfence_attach attach = { 0 };

	begin_calls();
	head(&attach, sizeof(attach));
	strcpy(attach.point, "trial");
	strcpy(attach.name, "q");
	attach.scope = RINGFENCE_SCOPE_ALL;
	attach.failures = 1000000;
	CHECK(!run(RINGFENCE_IOC_ATTACH, &attach));
}

static struct ringfence_ask ask(uint32_t what, uint32_t answer, uint32_t rounds)
{
	struct ringfence_ask arg = { 0 };

	head(&arg, sizeof(arg));
	arg.head.flags = RINGFENCE_ASK_ENDS;
	arg.rounds = rounds;
	arg.limit = LIMIT;
	arg.args[0] = what;
	arg.args[1] = answer;
	CHECK(!run(RINGFENCE_IOC_ASK, &arg));
	return arg;
}

static void tell(const char *name, unsigned int nr, uint64_t cycles)
{
	printf("%s-%u %llu\n", name, nr, (unsigned long long)cycles);
}

/* The whole question, that ends well. */
static void measure(const char *name, uint32_t kind, unsigned int nr)
{
	struct ringfence_ask asked = ask(WORK(kind, nr), 0, ROUNDS);

	CHECK(asked.answered == ROUNDS);
	tell(name, nr, asked.least_cycles);
}

/* From the answer to the end of the question: the least if the answer is taken, the most if not. */
static void measure_ends(unsigned int nr)
{
	struct ringfence_ask good, bad;

	ask(WORK(WORK_SETS, nr), REFUSED, 1);
	bad = ask(WORK(WORK_SETS, nr), REFUSED, ROUNDS);
	good = ask(WORK(WORK_SETS, nr), 0, ROUNDS);
	CHECK(good.answered == ROUNDS && !bad.answered);
	tell("commit", nr, good.least_end_cycles);
	tell("abort", nr, bad.least_end_cycles);
	tell("abort-most", nr, bad.most_end_cycles);
	/* The question up to the answer. */
	tell("before", nr, bad.least_cycles - bad.least_end_cycles);
}

/* The plugin is stopped in the question: from its begin to its end. It is loaded anew each time. */
static void measure_stops(const char *name, uint32_t how, unsigned int nr)
{
	struct ringfence_ask asked;
	uint64_t most = 0;

	for (int i = 0; i < 5; i++) {
		ask(WORK(WORK_SETS, nr), REFUSED, 2);
		asked = ask(WORK(WORK_SETS, nr) | how, 0, 1);
		CHECK(!asked.answered);
		if (asked.most_end_cycles > most)
			most = asked.most_end_cycles;
		CHECK(!unload("q"));
		begin();
	}
	tell(name, nr, most);
}

static struct ringfence_map_entry entry_of(uint32_t key, uint32_t value)
{
	struct ringfence_map_entry entry = { 0 };

	head(&entry, sizeof(entry));
	strcpy(entry.name, "bench");
	entry.key_size = entry.value_size = 4;
	memcpy(entry.key, &key, 4);
	memcpy(entry.value, &value, 4);
	return entry;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* How long a process waits for an entry that a call has locked for as long as it may run. */
static void measure_contested(void)
{
	struct ringfence_map_entry entry;
	uint32_t status, unused;
	uint64_t begin_ns, ns, most = 0;

	for (int i = 0; i < 3; i++) {
		begin_calls();
		if (!fork()) {
			call("hold", 5, &status, &unused);
			_exit(0);
		}
		usleep(1000);
		entry = entry_of(5, 6);
		begin_ns = now();
		CHECK(!run(RINGFENCE_IOC_MAP_SET, &entry));
		ns = now() - begin_ns;
		CHECK(wait(NULL) > 0);
		most = ns > most ? ns : most;
		CHECK(!unload("q"));
	}
	tell("contested-ns", 0, most);
}

int main(int argc, char **argv)
{
	struct ringfence_map map = { 0 };
	struct ringfence_map_delete delete = { 0 };
	struct ringfence_map_entry entry;
	unsigned int i;

	if (argc != 2)
		return 2;
	device_open(argv[1]);
	head(&map, sizeof(map));
	strcpy(map.name, "bench");
	map.kind = RINGFENCE_MAP_HASH;
	map.key_size = map.value_size = 4;
	map.max = 100;
	CHECK(!run(RINGFENCE_IOC_MAP_CREATE, &map));
	entry = entry_of(1, 2);
	CHECK(!run(RINGFENCE_IOC_MAP_SET, &entry));
	begin();
	for (i = 0; i < 4; i++) {
		measure("misses", WORK_MISSES, i);
		measure("locks", WORK_LOCKS, i);
		measure("gets", WORK_GETS, i);
		measure("looks", WORK_LOOKS, i);
	}
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		measure_ends(changes[i]);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		measure_stops("fault", WORK_FAULTS, changes[i]);
		measure_stops("forbidden", WORK_FORBIDDEN, changes[i]);
	}
	CHECK(!unload("q"));
	measure_contested();
	head(&delete, sizeof(delete));
	strcpy(delete.name, "bench");
	CHECK(!run(RINGFENCE_IOC_MAP_DELETE, &delete));
	return 0;
}
