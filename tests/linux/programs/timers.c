// SPDX-License-Identifier: MIT
/*
 * Clocks never run backwards, sleeps are neither too short nor absurdly long, timers expire as
 * often as they should.
 */
#include "program.h"
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <time.h>

static volatile int ticks;

static long long now(clockid_t clock)
{
	struct timespec time;

	MUST(clock_gettime(clock, &time));
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void on_tick(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	ticks++;
}

static void clocks(void)
{
	static const struct {
		const char *name;
		clockid_t id;
	} list[] = {
		{ "realtime", CLOCK_REALTIME },	       { "monotonic", CLOCK_MONOTONIC },
		{ "raw", CLOCK_MONOTONIC_RAW },	       { "coarse", CLOCK_MONOTONIC_COARSE },
		{ "boottime", CLOCK_BOOTTIME },	       { "process", CLOCK_PROCESS_CPUTIME_ID },
		{ "thread", CLOCK_THREAD_CPUTIME_ID },
	};
	long long before, after, begin;
	unsigned int i, k;
	int back;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		begin = before = now(list[i].id);
		for (k = back = 0; k < 3000; k++) {
			after = now(list[i].id);
			back += after < before;
			before = after;
		}
		while (after == begin)
			after = now(list[i].id);
		printf("%s: backwards %d times, goes on %s\n", list[i].name, back,
		       yes(after > begin));
	}
	SHOW(clock_gettime(99, &(struct timespec){ 0 }));
	SHOW(syscall(SYS_clock_gettime, CLOCK_REALTIME, 16));
}

static void sleeps(void)
{
	static const long list[] = { 0, 1, 100000, 1000000, 5000000, 50000000, 200000000 };
	unsigned int i;

	for (i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct timespec time = { 0, list[i] };
		long long begin = now(CLOCK_MONOTONIC), real = now(CLOCK_REALTIME), took;

		MUST(nanosleep(&time, NULL));
		took = now(CLOCK_MONOTONIC) - begin;
		real = now(CLOCK_REALTIME) - real;
		printf("sleep of %ld us: long enough %s, not far too long %s, clocks agree %s\n",
		       list[i] / 1000, yes(took >= list[i]), yes(took < list[i] + 2000000000ll),
		       yes(llabs(real - took) < 1000000000ll));
	}
}

/* True if n ticks of 10 ms took at least as long as they must. */
static int in_time(long long took, int n)
{
	return took >= (n - 1) * 10000000ll && took < n * 10000000ll + 5000000000ll;
}

static void intervals(void)
{
	static const struct {
		const char *name;
		int which, signal;
		clockid_t clock;
	} list[] = {
		{ "real", ITIMER_REAL, SIGALRM, CLOCK_MONOTONIC },
		{ "virtual", ITIMER_VIRTUAL, SIGVTALRM, CLOCK_MONOTONIC },
		{ "profile", ITIMER_PROF, SIGPROF, CLOCK_MONOTONIC },
	};
	struct itimerval timer = { { 0, 10000 }, { 0, 10000 } }, off = { { 0, 0 }, { 0, 0 } };
	volatile unsigned long work = 0;
	long long begin;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		handle(list[i].signal, on_tick, SA_RESTART);
		ticks = 0;
		begin = now(list[i].clock);
		MUST(setitimer(list[i].which, &timer, NULL));
		while (ticks < 8)
			work++;
		MUST(setitimer(list[i].which, &off, NULL));
		printf("timer %s: came, in time %s\n", list[i].name,
		       yes(in_time(now(list[i].clock) - begin, 8)));
	}
}

static void posix_timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec time = { { 0, 10000000 }, { 0, 10000000 } }, left;
	struct timespec until;
	long long begin;
	uint64_t count = 0, sum = 0;
	timer_t timer;
	int fd;

	handle(SIGUSR1, on_tick, 0);
	ticks = 0;
	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
	begin = now(CLOCK_MONOTONIC);
	MUST(timer_settime(timer, 0, &time, NULL));
	while (ticks < 5)
		pause();
	printf("timer_create: in time %s\n", yes(in_time(now(CLOCK_MONOTONIC) - begin, 5)));
	MUST(timer_gettime(timer, &left));
	printf("interval %ld\n", left.it_interval.tv_nsec);
	MUST(timer_delete(timer));
	fd = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	begin = now(CLOCK_MONOTONIC);
	MUST(timerfd_settime(fd, 0, &time, NULL));
	while (sum < 5) {
		MUST(read(fd, &count, 8));
		sum += count;
	}
	printf("timerfd: in time %s\n", yes(in_time(now(CLOCK_MONOTONIC) - begin, 5)));
	MUST(clock_gettime(CLOCK_MONOTONIC, &until));
	until.tv_nsec += 30000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	SHOW(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
}

static void accounting(void)
{
	struct timespec half = { 0, 500000000 };
	volatile unsigned long work = 0;
	struct tms used;
	long long begin, cpu = now(CLOCK_PROCESS_CPUTIME_ID);

	nanosleep(&half, NULL);
	printf("asleep, the process's clock stands still: %s\n",
	       yes(now(CLOCK_PROCESS_CPUTIME_ID) - cpu < 200000000ll));
	/*
	 * The other clock is read outside, or the time between the two readings would be
	 * missing.
	 * Linux measures how fast the TSC is twice, and each of the two clocks may go by
	 * another result: the two must agree to a twentieth.
	 */
	begin = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	while (now(CLOCK_PROCESS_CPUTIME_ID) - cpu < 200000000ll)
		for (int i = 0; i < 10000; i++)
			work++;
	MUST(times(&used));
	printf("at work it goes, but not faster than time: %s, user and system time %s\n",
	       yes(now(CLOCK_MONOTONIC) - begin >= 190000000ll),
	       yes(used.tms_utime + used.tms_stime >= 20));
}

/* Two that never give the processor away, and this one: all get on. */
static void preemption(void)
{
	volatile unsigned long *counts =
		MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	long long begin = now(CLOCK_MONOTONIC);
	pid_t pids[2];
	int i;

	for (i = 0; i < 2; i++) {
		pids[i] = MUST(fork());
		if (!pids[i])
			for (;;)
				counts[i]++;
	}
	while (!(counts[0] && counts[1]) && now(CLOCK_MONOTONIC) - begin < 10000000000ll)
		usleep(10000);
	for (i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		wait(NULL);
	}
	printf("both got on: %s\n", yes(counts[0] && counts[1]));
}

int main(void)
{
	clocks();
	sleeps();
	intervals();
	posix_timers();
	accounting();
	preemption();
	return 0;
}
