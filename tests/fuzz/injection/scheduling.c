// SPDX-License-Identifier: MIT
/*
 * Three processes of a cgroup take turns: two that wait for each other, and one that computes. Each
 * must get on, and to the right result, whatever a graft says about who runs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "work.h"

#define ROUNDS 12u
#define STEPS  60000u

/* Both ends of the pipes to a process, and back. */
struct link {
	int there[2], back[2];
};

struct turns {
	int group; /* the cgroup's directory */
	struct link leader;
};

static uint32_t compute(uint32_t number, uint32_t steps)
{
	while (steps--)
		number = number * 1664525 + 1013904223;
	return number;
}

static void give(int fd, uint32_t number)
{
	if (write(fd, &number, sizeof(number)) != sizeof(number))
		_exit(1);
}

static uint32_t take(int fd)
{
	uint32_t number;

	if (read(fd, &number, sizeof(number)) != sizeof(number))
		_exit(1);
	return number;
}

static void __attribute__((noreturn)) serve(const struct link *link, uint32_t steps)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		give(link->back[1], compute(take(link->there[0]), steps));
}

static void make_link(struct link *link)
{
	if (pipe2(link->there, O_CLOEXEC) || pipe2(link->back, O_CLOEXEC))
		fail("there is no pipe");
}

/* Of those that the leader waits for, one answers at once. 1: both are right. */
static uint32_t lead(const struct link *quick, const struct link *slow, uint32_t seed)
{
	uint32_t right = 1, i;

	give(slow->there[1], seed);
	for (i = 0; i < ROUNDS; i++) {
		give(quick->there[1], seed + i);
		right &= take(quick->back[0]) == compute(seed + i, 1);
	}
	return right & (take(slow->back[0]) == compute(seed, STEPS));
}

/* The first process in the cgroup, and the parent of all others there. */
static void __attribute__((noreturn)) begin_leader(const struct link *link)
{
	struct link quick, slow;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	take(link->there[0]); /* it is in the cgroup */
	make_link(&quick);
	make_link(&slow);
	if (!fork())
		serve(&quick, 1);
	if (!fork())
		serve(&slow, STEPS);
	for (;;)
		give(link->back[1], lead(&quick, &slow, take(link->there[0])));
}

static void open_turns(struct seat *seat)
{
	struct turns *own = malloc(sizeof(*own));
	char group[48], name[80];
	static unsigned int nr;
	int fd, length;
	pid_t pid;

	snprintf(group, sizeof(group), "/cg/turns%u", nr++);
	make_link(&own->leader);
	if (mkdir(group, 0755))
		fail("%s cannot be made", group);
	pid = fork();
	if (!pid)
		begin_leader(&own->leader);
	snprintf(name, sizeof(name), "%s/cgroup.procs", group);
	length = snprintf(said, sizeof(said), "%d", pid);
	fd = open(name, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, said, (size_t)length) != length)
		fail("%s cannot be written", name);
	close(fd);
	give(own->leader.there[1], 0);
	own->group = open(group, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	seat->own = own;
}

static void attach_turns(struct seat *seat)
{
	const struct turns *own = seat->own;

	seat->graft = attach_graft("sched", seat->plugin, RINGFENCE_SCOPE_CGROUP, own->group);
}

static void run_turns(struct seat *seat, uint32_t seed)
{
	const struct turns *own = seat->own;

	give(own->leader.there[1], seed);
	if (take(own->leader.back[0]) != 1)
		fail("a process of the cgroup has computed something wrong");
}

const struct work turns = {
	.name = "turns", .open = open_turns, .begin = attach_turns, .run = run_turns
};
