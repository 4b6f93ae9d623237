// SPDX-License-Identifier: MIT
/*
 * Measures how another process runs while a command runs for ever:
 *
 *	meanwhile latency N COMMAND...	COMMAND runs (none: nothing); N sleeps of 1 ms,
 *					and how late the latest of them ended
 *	meanwhile kill COMMAND...	COMMAND calls plugin loop; how long until it
 *					is over after "plugctl kill loop" was begun
 *	meanwhile sigkill COMMAND...	the same after SIGKILL of COMMAND
 *	meanwhile spin			goes on for ever
 *
 * Prints nanoseconds of the guest's clock, which under icount are instructions.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ll

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void rest(long long ns)
{
	struct timespec t = { 0, ns };

	nanosleep(&t, NULL);
}

static pid_t begin(char **command)
{
	pid_t child = fork();

	if (child)
		return child;
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

/* Until the call is under way; 0: COMMAND has ended before. */
static int await_busy(pid_t child)
{
	char state[8] = "";
	int fd;

	for (;;) {
		fd = open("/sys/kernel/plugins/loop/state", O_RDONLY);
		if (fd >= 0) {
			if (read(fd, state, 4) == 4 && !memcmp(state, "busy", 4))
				return 1;
			close(fd);
		}
		if (waitpid(child, NULL, WNOHANG) == child)
			return 0;
		rest(MS);
	}
}

static int latency(int rounds, char **command)
{
	pid_t child = command[0] ? begin(command) : 0;
	long long start, late, worst = 0;

	rest(50 * MS); /* the first time slices */
	while (rounds--) {
		start = now();
		rest(MS);
		late = now() - start - MS;
		if (late > worst)
			worst = late;
	}
	if (child && waitpid(child, NULL, WNOHANG)) {
		puts("COMMAND has ended before");
		return 1;
	}
	if (child) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	printf("%lld\n", worst);
	return 0;
}

static int until_killed(int by_signal, char **command)
{
	static char *plugctl[] = { "plugctl", "kill", "loop", NULL };
	pid_t child = begin(command), killer = 0;
	long long start, took;

	if (!await_busy(child)) {
		puts("COMMAND has ended before");
		return 1;
	}
	rest(20 * MS);
	start = now();
	if (by_signal)
		kill(child, SIGKILL);
	else
		killer = begin(plugctl);
	waitpid(child, NULL, 0);
	took = now() - start;
	if (killer)
		waitpid(killer, NULL, 0);
	printf("%lld\n", took);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 3 && !strcmp(argv[1], "latency"))
		return latency(atoi(argv[2]), argv + 3);
	if (argc >= 3 && !strcmp(argv[1], "kill"))
		return until_killed(0, argv + 2);
	if (argc >= 3 && !strcmp(argv[1], "sigkill"))
		return until_killed(1, argv + 2);
	if (argc == 2 && !strcmp(argv[1], "spin"))
		for (;;)
			continue;
	return 2;
}
