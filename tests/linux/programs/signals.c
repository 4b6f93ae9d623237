// SPDX-License-Identifier: MIT
/* Signals: the arguments of a handler, masks, queues, restarts, alternate stacks. */
#include "program.h"
#include <setjmp.h>

static volatile int count;
static sigjmp_buf back;

static void on_queued(int signal, siginfo_t *info, void *context)
{
	(void)context;
	printf("handler: %s code %d value %d\n", sigabbrev_np(signal), info->si_code,
	       info->si_value.sival_int);
	count++;
}

static void on_plain(int signal, siginfo_t *info, void *context)
{
	(void)context;
	(void)info;
	printf("handler: %s\n", sigabbrev_np(signal));
	count++;
}

static volatile int *shared_count;

static void on_alarm(int signal, siginfo_t *info, void *context)
{
	on_plain(signal, info, context);
	++*shared_count;
}

static void queues(void)
{
	union sigval value;
	sigset_t set, old;
	int i;

	handle(SIGRTMIN, on_queued, 0);
	handle(SIGRTMIN + 1, on_queued, 0);
	handle(SIGUSR1, on_plain, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, &old));
	for (i = 0; i < 3; i++) {
		value.sival_int = 10 + i;
		MUST(sigqueue(getpid(), SIGRTMIN + 1, value));
		value.sival_int = 20 + i;
		MUST(sigqueue(getpid(), SIGRTMIN, value));
		MUST(kill(getpid(), SIGUSR1)); /* not queued: comes once */
	}
	MUST(sigpending(&set));
	printf("pending: USR1 %d RTMIN %d USR2 %d\n", sigismember(&set, SIGUSR1),
	       sigismember(&set, SIGRTMIN), sigismember(&set, SIGUSR2));
	MUST(sigprocmask(SIG_SETMASK, &old, NULL));
	printf("delivered: %d\n", count);
}

static void waits(void)
{
	struct timespec soon = { 0, 20000000 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	SHOW(sigtimedwait(&set, &info, &soon));
	MUST(raise(SIGUSR2));
	printf("sigtimedwait: %s\n", yes(sigtimedwait(&set, &info, &soon) == SIGUSR2));
	handle(SIGUSR2, on_plain, 0);
	MUST(raise(SIGUSR2));
	sigemptyset(&set);
	errno = 0;
	SHOW(sigsuspend(&set));
}

/* A child signals this one while it sleeps in read, and only then writes. */
static void restarts(void)
{
	volatile int *handled =
		MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	int pipes[2], flags;
	pid_t pid;
	char byte;

	shared_count = handled;
	for (flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
		MUST(pipe(pipes));
		handle(SIGALRM, on_alarm, flags);
		*handled = 0;
		pid = MUST(fork());
		if (!pid) {
			until_asleep(getppid());
			kill(getppid(), SIGALRM);
			while (!*handled)
				usleep(1000);
			until_asleep(getppid());
			MUST(write(pipes[1], "x", 1));
			_exit(0);
		}
		SHOW(read(pipes[0], &byte, 1));
		MUST(waitpid(pid, NULL, 0));
		close(pipes[0]);
		close(pipes[1]);
	}
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
	char here;
	stack_t stack;

	(void)signal;
	(void)context;
	MUST(sigaltstack(NULL, &stack));
	printf("SEGV at %#lx, code %d, on the other stack %s (%d)\n", (unsigned long)info->si_addr,
	       info->si_code,
	       yes(&here > (char *)stack.ss_sp && &here < (char *)stack.ss_sp + stack.ss_size),
	       stack.ss_flags);
	siglongjmp(back, 1);
}

static void alternate_stack(void)
{
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	volatile unsigned long place;
	int i;

	MUST(sigaltstack(&stack, NULL));
	handle(SIGSEGV, on_segv, SA_ONSTACK);
	for (i = 0; i < 5; i++) {
		place = (unsigned long[]){ 0, 8, 0xc0000000, 0xf5800000, 0xfffffffc }[i];
		if (!sigsetjmp(back, 1))
			*(volatile int *)place = 1;
	}
	handle(SIGSEGV, on_segv, SA_ONSTACK | SA_RESETHAND);
	if (!sigsetjmp(back, 1))
		*(volatile int *)16 = 1;
	stack.ss_size = 100;
	SHOW(sigaltstack(&stack, NULL));
}

static volatile int depth;

static void on_nested(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	if (++depth < 50)
		MUST(raise(signal));
}

static void killed(void *signal)
{
	MUST(raise((int)(intptr_t)signal));
}

int main(void)
{
	int i;

	queues();
	waits();
	restarts();
	alternate_stack();
	handle(SIGUSR1, on_nested, SA_NODEFER);
	MUST(raise(SIGUSR1));
	printf("nested: %d\n", depth);
	for (i = 1; i < 32; i++)
		if (i != SIGSTOP && i != SIGTSTP && i != SIGTTIN && i != SIGTTOU)
			in_child(sigabbrev_np(i), killed, (void *)(intptr_t)i);
	SHOW(kill(getpid(), 65));
	SHOW(kill(99999, SIGTERM));
	return 0;
}
