/* SPDX-License-Identifier: MIT */
/*
 * Shared by wait_test.c and mask_test.c: caller 2 is a thread, so that its wait goes on while
 * caller 1 returns from its call. One of the two runs at a time: run_second() lets caller 2 run
 * until it waits or ends.
 */
#ifndef SECOND_H
#define SECOND_H

#include <pthread.h>
#include <semaphore.h>

#include "../check.h"
#include "fake_monitor.h"

static sem_t first_runs, second_runs;

static inline void second_begins(void)
{
	CHECK(!sem_init(&first_runs, 0, 0) && !sem_init(&second_runs, 0, 0));
}

static inline void second_sleeps(void)
{
	sem_post(&first_runs);
	sem_wait(&second_runs);
}

static inline void run_second(void)
{
	fake.during_wait = second_sleeps;
	fake.caller = 2;
	sem_post(&second_runs);
	sem_wait(&first_runs);
	fake.caller = 1;
	fake.during_wait = NULL;
}

#endif /* SECOND_H */
