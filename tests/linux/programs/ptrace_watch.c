// SPDX-License-Identifier: MIT
/* Hardware breakpoints and watchpoints by ptrace, and addresses at which they are refused. */
#include "program.h"
#include <sys/ptrace.h>
#include <sys/user.h>
#include <stddef.h>

static volatile union {
	uint8_t byte[32];
	uint32_t word[8];
} watched __attribute__((aligned(32)));

static void __attribute__((noinline)) called(void)
{
	__asm__ volatile("");
}

static void body(void)
{
	uint32_t word;

	watched.word[0] = 1;
	watched.byte[5] = 2;
	word = watched.word[2];
	watched.word[2] = word + 1;
	watched.byte[13] = 3;
	called();
	called();
	syscall(SYS_getcwd, &watched.byte[16], 8); /* the kernel writes too */
	watched.word[7] = 9;
}

#define DR(n) ((void *)(offsetof(struct user, u_debugreg) + 4 * (n)))

static pid_t start(void)
{
	pid_t pid = MUST(fork());
	int status;

	if (!pid) {
		MUST(ptrace(PTRACE_TRACEME, 0, 0, 0));
		MUST(raise(SIGSTOP));
		body();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	return pid;
}

static void finish(pid_t pid, const char *what)
{
	int status, n = 0;
	siginfo_t info;

	for (;;) {
		MUST(ptrace(PTRACE_CONT, pid, 0, 0));
		MUST(waitpid(pid, &status, 0));
		if (!WIFSTOPPED(status) || n++ > 50)
			break;
		MUST(ptrace(PTRACE_GETSIGINFO, pid, 0, &info));
		printf("%s: %s code %d dr6 %#lx words %u %u %u %u %u\n", what,
		       sigabbrev_np(WSTOPSIG(status)), info.si_code,
		       ptrace(PTRACE_PEEKUSER, pid, DR(6), 0) & 0xf00ful,
		       (unsigned int)ptrace(PTRACE_PEEKDATA, pid, &watched.word[0], 0),
		       (unsigned int)ptrace(PTRACE_PEEKDATA, pid, &watched.word[1], 0),
		       (unsigned int)ptrace(PTRACE_PEEKDATA, pid, &watched.word[2], 0),
		       (unsigned int)ptrace(PTRACE_PEEKDATA, pid, &watched.word[3], 0),
		       (unsigned int)ptrace(PTRACE_PEEKDATA, pid, &watched.word[7], 0));
	}
	show_status(what, status);
}

static void watch(const char *what, volatile void *address, unsigned long control)
{
	pid_t pid = start();

	MUST(ptrace(PTRACE_POKEUSER, pid, DR(0), address));
	if (ptrace(PTRACE_POKEUSER, pid, DR(7), control << 16 | 1))
		printf("%s: dr7 refused: %s\n", what, strerrorname_np(errno));
	finish(pid, what);
}

static void refused(const char *what, int reg, unsigned long value)
{
	pid_t pid = start();
	int status;

	errno = 0;
	printf("%s: %ld", what, ptrace(PTRACE_POKEUSER, pid, DR(reg), value));
	printf(" %s\n", errno ? strerrorname_np(errno) : "done");
	if (reg == 0) {
		errno = 0;
		printf("  then dr7: %ld", ptrace(PTRACE_POKEUSER, pid, DR(7), 0xd0001));
		printf(" %s\n", errno ? strerrorname_np(errno) : "done");
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void all_four(void)
{
	pid_t pid = start();

	MUST(ptrace(PTRACE_POKEUSER, pid, DR(0), &watched.word[0]));
	MUST(ptrace(PTRACE_POKEUSER, pid, DR(1), &watched.byte[5]));
	MUST(ptrace(PTRACE_POKEUSER, pid, DR(2), &watched.word[7]));
	MUST(ptrace(PTRACE_POKEUSER, pid, DR(3), called));
	MUST(ptrace(PTRACE_POKEUSER, pid, DR(7), 0x0d1d0055));
	finish(pid, "four");
}

int main(void)
{
	watch("write of a word", &watched.word[0], 0xd);
	watch("write of a byte", &watched.byte[5], 0x1);
	watch("write of the wrong byte", &watched.byte[6], 0x1);
	watch("read or write", &watched.word[2], 0xf);
	watch("write of a half", &watched.byte[12], 0x5);
	watch("execution", called, 0);
	watch("the kernel's write", &watched.word[4], 0xd);
	watch("execution with a length", called, 0xc);
	watch("a word off its place", &watched.byte[1], 0xd);
	all_four();
	refused("the kernel's address", 0, 0xc0100000);
	refused("the monitor's address", 0, 0xfc000000);
	refused("the read-only table", 0, 0xf5800000);
	refused("the top", 0, 0xfffffffc);
	refused("dr4", 4, 1);
	refused("dr5", 5, 1);
	refused("dr6", 6, 0);
	refused("dr7 with GD", 7, 0x2000);
	refused("dr7 with I/O", 7, 0x20001);
	refused("dr7 with 8 bytes", 7, 0x90001);
	refused("dr7 of nothing", 7, 0xffffffff);
	/* A watched child and one that is not, by turns. */
	watch("again", &watched.word[0], 0xd);
	body();
	printf("not watched: %u\n", watched.word[7]);
	return 0;
}
