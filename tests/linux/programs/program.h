/* SPDX-License-Identifier: MIT */
/*
 * Shared by the programs. Each program uses the kernel and prints the results, which are the
 * same in every run: no times, no pids, no random addresses.
 * tests/linux/test_programs.py compares two kernels' output.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* Whole lines at once, also when children write too. */
static void __attribute__((constructor)) line_buffered(void)
{
	setvbuf(stdout, NULL, _IOLBF, 4096);
}

/* Ends the program because something that it needs failed. */
static inline void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	fputs("FAILED: ", stdout);
	vprintf(format, args);
	va_end(args);
	printf(" (%s)\n", strerror(error));
	exit(99);
}

/* Calls that must not fail. */
#define MUST(call)                                              \
	({                                                      \
		__typeof__(call) must_result = (call);          \
		if (must_result == (__typeof__(must_result))-1) \
			die("line %d: %s", __LINE__, #call);    \
		must_result;                                    \
	})

/* A system call's result in words, for calls where failing is the point. */
#define SHOW(call)                                                              \
	do {                                                                    \
		long show_result = (long)(call);                                \
		int show_error = errno;                                         \
		if (show_result == -1)                                          \
			printf("%s: %s\n", #call, strerrorname_np(show_error)); \
		else                                                            \
			printf("%s: %ld\n", #call, show_result);                \
	} while (0)

static inline const char *yes(int condition)
{
	return condition ? "yes" : "NO";
}

static inline void show_status(const char *what, int status)
{
	if (WIFEXITED(status))
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		printf("%s: killed by %s\n", what, sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		printf("%s: stopped by %s, event %d\n", what, sigabbrev_np(WSTOPSIG(status) & 0x7f),
		       status >> 16);
	else
		printf("%s: status %#x\n", what, status);
}

/* Runs function in a child and says how that ended. */
static inline void in_child(const char *what, void (*function)(void *), void *argument)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = MUST(fork());
	if (!pid) {
		function(argument);
		fflush(stdout);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	show_status(what, status);
}

static inline void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	sigemptyset(&action.sa_mask);
	MUST(sigaction(signal, &action, NULL));
}

/* The same numbers in every run. */
static inline uint32_t next_number(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static inline uint32_t checksum(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint32_t sum = 2166136261u;

	while (size--)
		sum = (sum ^ *byte++) * 16777619u;
	return sum;
}

/*
 * Waits until a process sleeps in the kernel, so that it has reached the call in which it is
 * to wait.
 */
static inline void until_asleep(pid_t pid)
{
	char path[32], text[256];
	ssize_t n;
	int fd;

	sprintf(path, "/proc/%d/stat", pid);
	for (;;) {
		fd = MUST(open(path, O_RDONLY));
		n = MUST(read(fd, text, sizeof(text) - 1));
		close(fd);
		text[n] = 0;
		if (!strncmp(strrchr(text, ')'), ") S", 3))
			return;
		usleep(1000);
	}
}

#endif /* PROGRAM_H */
