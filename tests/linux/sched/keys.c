// SPDX-License-Identifier: MIT
/*
 * An interactive process beside a build.
 *
 * keys NR JOBS GROUP: a process outside of the cgroup, in that of the directory GROUP, types NR keys, 43 ms apart. This process
 * works for some 4.5 ms on each. Beside it a build goes on: JOBS at a time, each compiles for 10 to 40 ms, and ends; each
 * waits for a file a few times. Prints a line of JSON: ns of the guest's time from a key to the end of
 * the work on it, on average and the longest, the sum of the work, and how many jobs have ended.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "work.h"

#define KEY_ROUNDS 750000u
#define JOB_ROUNDS 2500000u

static volatile uint32_t *ended; /* jobs */

static void compile(uint32_t job)
{
	uint32_t part;

	for (part = 0; part < 3; part++) {
		usleep(100);
		compute(job, JOB_ROUNDS / 3 * (1 + job % 4));
	}
	exit(0);
}

static void build(int jobs)
{
	uint32_t job = 0;

	for (;;) {
		while (jobs) {
			job++;
			jobs--;
			if (!make_child())
				compile(job);
		}
		must(wait(NULL), "wait");
		(*ended)++;
		jobs++;
	}
}

/* The time at which the key was pressed is the key. */
static void type(int to, uint32_t nr, const char *group)
{
	char path[256];
	uint64_t now;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = must(open(path, O_WRONLY), path);
	must(dprintf(fd, "%d", getpid()), path);
	while (nr--) {
		usleep(43000);
		now = now_ns();
		give(to, &now, sizeof(now));
	}
	exit(0);
}

int main(int argc, char **argv)
{
	uint32_t nr = argc > 1 ? (uint32_t)atoi(argv[1]) : 0, sum = 0, i;
	int jobs = argc > 2 ? atoi(argv[2]) : 0, keys[2];
	uint64_t pressed, took, all = 0, longest = 0;

	if (!nr || argc < 4)
		return 2;
	ended = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(ended == MAP_FAILED ? -1 : 0, "mmap");
	must(pipe(keys), "pipe");
	if (jobs && !make_child())
		build(jobs);
	if (!make_child())
		type(keys[1], nr, argv[3]);
	for (i = 0; i < nr; i++) {
		take(keys[0], &pressed, sizeof(pressed));
		sum += compute(i, KEY_ROUNDS);
		took = now_ns() - pressed;
		all += took;
		if (took > longest)
			longest = took;
	}
	printf("{\"ns\": %llu, \"longest\": %llu, \"sum\": %u, \"jobs\": %u}\n",
	       (unsigned long long)all / nr, (unsigned long long)longest, sum, *ended);
	return 0;
}
