// SPDX-License-Identifier: MIT
/*
 * Reads pages of a file while plugins are attached to the point `touched`, counts their events, and
 * measures what an event adds to a read: the least of many, in instructions, where the time-stamp
 * counter counts those (icount). Leaves nothing loaded.
 *
 * Arguments: path of grafts.plg; path of a file of PAGES pages, in the page cache; scope of the grafts;
 * for 4 (cgroup) its directory.
 */
#include "../../plugins/device.h"

#include <sys/wait.h>

#define PAGES  64
#define EVENTS 1024 /* TOUCHED_EVENTS */

static int file;

/* Pages that follow each other, as Linux counts reads of the same page once. */
static void read_pages(unsigned int nr)
{
	static unsigned int at;
	char byte;

	for (; nr; nr--)
		CHECK(pread(file, &byte, 1, (off_t)(++at % PAGES) * PAGE) == 1);
}

static uint64_t cost(void)
{
	uint64_t least = ~0ull, before, took;

	for (int i = 0; i < 20; i++) {
		before = __builtin_ia32_rdtsc();
		read_pages(100);
		took = __builtin_ia32_rdtsc() - before;
		least = took < least ? took : least;
	}
	return least / 100;
}

static uint32_t call(const char *name, const char *entry, uint32_t argument, uint32_t *status)
{
	struct ringfence_call arg = { 0 };

	head(&arg, sizeof(arg));
	strcpy(arg.name, name);
	strcpy(arg.entry, entry);
	arg.nr_args = 1;
	arg.args[0] = argument;
	CHECK(!run(RINGFENCE_IOC_CALL, &arg));
	*status = arg.status;
	return arg.value;
}

static uint32_t events(const char *name)
{
	uint32_t status, nr = call(name, "events", 0, &status);

	CHECK(!status);
	return nr;
}

static uint32_t lost(const char *name)
{
	uint32_t status, nr = call(name, "events", 1, &status);

	CHECK(!status);
	return nr;
}

static uint32_t attach(const char *name, uint32_t scope, int target)
{
	struct ringfence_attach arg = { 0 };

	CHECK(!load(name));
	head(&arg, sizeof(arg));
	strcpy(arg.point, "touched");
	strcpy(arg.name, name);
	arg.scope = scope;
	arg.target = target;
	CHECK(!run(RINGFENCE_IOC_ATTACH, &arg));
	CHECK(run(RINGFENCE_IOC_ATTACH, &arg) == EEXIST);
	return arg.id;
}

/* Events that were written, as the kernel says. */
static uint64_t written(uint32_t id)
{
	struct ringfence_graft graft = { 0 };

	head(&graft, sizeof(graft));
	graft.id = id - 1;
	CHECK(!run(RINGFENCE_IOC_GRAFT, &graft) && graft.id == id && graft.attached);
	CHECK(graft.asked == graft.answered);
	return graft.answered;
}

/* All events, once; or the newest, and how many others there were. */
static void count(const char *name, uint32_t id)
{
	uint64_t before;

	events(name);
	before = written(id);
	read_pages(PAGES);
	CHECK(events(name) == PAGES && written(id) == before + PAGES);
	CHECK(!events(name) && !lost(name));
	read_pages(EVENTS);
	CHECK(events(name) == EVENTS && !lost(name));
	read_pages(3 * EVENTS + 1);
	CHECK(events(name) == EVENTS && lost(name) == 2 * EVENTS + 1);
}

static void of_others(const char *name)
{
	events(name);
	if (!fork()) {
		read_pages(PAGES);
		_exit(0);
	}
	CHECK(wait(NULL) > 0 && !events(name));
}

int main(int argc, char **argv)
{
	uint32_t scope, status, one;
	uint64_t none;
	int target = 0;

	if (argc < 4)
		return 2;
	scope = atoi(argv[3]);
	if (scope == RINGFENCE_SCOPE_CGROUP)
		target = open(argv[4], O_RDONLY);
	device_open(argv[1]);
	file = open(argv[2], O_RDONLY);
	CHECK(file >= 0 && target >= 0);
	read_pages(PAGES);
	none = cost();
	one = attach("one", scope, target);
	count("one", one);
	printf("one %llu\n", cost() - none);
	attach("two", scope, target);
	printf("two %llu\n", cost() - none);
	if (scope == RINGFENCE_SCOPE_PROCESS)
		of_others("one");
	/* The ring cannot be written to. */
	events("two");
	call("one", "scribble", 0, &status);
	CHECK(status);
	read_pages(5);
	CHECK(events("two") == 5);
	CHECK(!unload("one") && !unload("two"));
	printf("after %llu\n", cost() - none);
	return 0;
}
