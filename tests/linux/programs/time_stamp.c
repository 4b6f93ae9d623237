// SPDX-License-Identifier: MIT
/*
 * rdtsc denied to a process by prctl(PR_SET_TSC): a child inherits the setting, other processes
 * do not have it, and the process can undo it.
 */
#include "program.h"
#include <sched.h>
#include <setjmp.h>
#include <sys/prctl.h>

static sigjmp_buf back;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	siglongjmp(back, signal);
}

static void try(const char *when)
{
	int signal = sigsetjmp(back, 1), mode = 0;

	if (!signal)
		asm volatile("rdtsc" : : : "eax", "edx");
	MUST(prctl(PR_GET_TSC, &mode));
	printf("%s: mode %d, rdtsc: %s\n", when, mode, signal ? sigabbrev_np(signal) : "works");
}

static void in_a_child(void *unused)
{
	(void)unused;
	try("child");
	MUST(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	try("child, given back");
}

int main(void)
{
	int to_child[2], to_parent[2], i, status;
	char byte = 0;
	pid_t pid;

	handle(SIGSEGV, on_fault, 0);
	try("at first");
	MUST(pipe(to_child));
	MUST(pipe(to_parent));
	pid = MUST(fork());
	if (!pid) { /* may use rdtsc while its parent may not */
		for (i = 0; i < 3; i++) {
			MUST(read(to_child[0], &byte, 1));
			try("the other process");
			MUST(write(to_parent[1], &byte, 1));
		}
		return 0;
	}
	MUST(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	for (i = 0; i < 3; i++) {
		try("taken away");
		MUST(write(to_child[1], &byte, 1));
		MUST(read(to_parent[0], &byte, 1));
	}
	MUST(waitpid(pid, &status, 0));
	show_status("the other process", status);
	in_child("child", in_a_child, NULL);
	try("after the child");
	for (i = 0; i < 100; i++)
		sched_yield();
	MUST(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	try("given back");
	SHOW(prctl(PR_SET_TSC, 3));
	return 0;
}
