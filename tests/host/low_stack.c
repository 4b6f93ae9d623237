// SPDX-License-Identifier: MIT
/*
 * main() of the tests that are linked with this file: runs the test's own main(), which the
 * Makefile has renamed, on a stack in the guest's part of the address space.
 *
 * Why: the monitor refuses pointers behind HV_VIRT_START, and tests give it pointers to what is
 * on their stack. A 64-bit kernel puts the stack of an i386 program at the end of 4 GiB.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_AT   ((void *)0x50000000)
#define STACK_SIZE (8u << 20)

int test_main(int argc, char **argv); /* some are defined with (void), which ends in the same */

static int argc;
static char **argv;

/* Does not return: AddressSanitizer cannot end a thread whose stack it did not make. */
static void *run_test(void *unused)
{
	(void)unused;
	exit(test_main(argc, argv));
}

int main(int nr, char **words)
{
	void *stack = mmap(STACK_AT, STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	pthread_attr_t attributes;
	pthread_t thread;

	argc = nr;
	argv = words;
	if (stack != STACK_AT || pthread_attr_init(&attributes) ||
	    pthread_attr_setstack(&attributes, stack, STACK_SIZE) ||
	    pthread_create(&thread, &attributes, run_test, NULL) || pthread_join(thread, NULL))
		printf("the test cannot be run on a stack at %p\nTest result: FAILURE\n", STACK_AT);
	return 1;
}
