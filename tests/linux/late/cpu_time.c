// SPDX-License-Identifier: MIT
/*
 * Time that is accounted by ticks against time that is not: a process that only
 * computes takes about as long by ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU and
 * times() as by its own clock, which the scheduler keeps to the nanosecond.
 * tests/linux/test_late_ticks.py runs it where most ticks do not come.
 */
#include "../programs/program.h"
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

static volatile sig_atomic_t came;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	came = 1;
}

/* Milliseconds of CPU that this process has used. */
static long used(void)
{
	struct timespec time;

	MUST(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time));
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static long compute_until_signal(void)
{
	long begin = used();

	came = 0;
	while (!came)
		;
	return used() - begin;
}

/* At least the requested time, and less than one and a half times of it; a late tick is 50 ms. */
static void judge(const char *what, long took, long wanted)
{
	int right = took >= wanted * 3 / 4 && took <= wanted * 3 / 2;

	printf("%s: %s\n", what, yes(right));
	if (!right)
		printf("%s of %ld ms took %ld ms of CPU\n", what, wanted, took);
}

static void interval(const char *what, int which, int signal)
{
	struct itimerval timer = { { 0, 0 }, { 0, 800000 } };

	handle(signal, on_signal, 0);
	MUST(setitimer(which, &timer, NULL));
	judge(what, compute_until_signal(), 800);
}

static void limit(void *unused)
{
	struct rlimit limit = { 1, 5 };

	(void)unused;
	handle(SIGXCPU, on_signal, 0);
	MUST(setrlimit(RLIMIT_CPU, &limit));
	judge("RLIMIT_CPU", compute_until_signal(), 1000);
}

static void user_and_system(void *unused)
{
	struct tms ticks;
	long begin = used();

	(void)unused;
	while (used() - begin < 1000)
		;
	times(&ticks);
	judge("user and system time", (ticks.tms_utime + ticks.tms_stime) * 10, used());
}

int main(void)
{
	interval("ITIMER_VIRTUAL", ITIMER_VIRTUAL, SIGVTALRM);
	interval("ITIMER_PROF", ITIMER_PROF, SIGPROF);
	in_child("limit", limit, NULL);
	in_child("times", user_and_system, NULL);
	return 0;
}
