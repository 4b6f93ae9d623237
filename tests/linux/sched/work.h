/* SPDX-License-Identifier: MIT */
/* Shared by the programs that test_sched.py runs: time, work, and processes that compute. */
#ifndef SCHED_WORK_H
#define SCHED_WORK_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The guest's time; with icount it goes by instructions. */
static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Work whose result can be checked: about 4 instructions a round. */
static inline uint32_t compute(uint32_t sum, uint32_t rounds)
{
	while (rounds--) {
		sum = sum * 1664525 + 1013904223;
		__asm__ volatile("" : "+r"(sum)); /* so that no round is left out */
	}
	return sum;
}

static inline int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

/* Forks; the child is killed when its parent ends. */
static inline pid_t make_child(void)
{
	pid_t pid;

	fflush(stdout);
	pid = must(fork(), "fork");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* So many children that compute for ever. */
static inline void make_hogs(int nr)
{
	while (nr--)
		if (!make_child())
			for (;;)
				compute(1, 100000);
}

static inline void take(int fd, void *to, size_t size)
{
	if (read(fd, to, size) != (ssize_t)size)
		exit(1);
}

static inline void give(int fd, const void *from, size_t size)
{
	if (write(fd, from, size) != (ssize_t)size)
		exit(1);
}

#endif /* SCHED_WORK_H */
