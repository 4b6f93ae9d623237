// SPDX-License-Identifier: MIT
/* Stacks: growth, deep recursion, overflow with and without a handler, other stacks. */
#include "program.h"
#include <setjmp.h>
#include <sys/resource.h>

static sigjmp_buf back;
static char *limit_address;

static uint32_t __attribute__((noinline)) deep(uint32_t n)
{
	volatile uint32_t here[16];

	here[n % 16] = n;
	return n ? deep(n - 1) * 3 + here[n % 16] : 1;
}

static uint32_t __attribute__((noinline)) ackermann(uint32_t m, uint32_t n)
{
	if (!m)
		return n + 1;
	return n ? ackermann(m - 1, ackermann(m, n - 1)) : ackermann(m - 1, 1);
}

static void endless(volatile char *above);
static void (*volatile more)(volatile char *) = endless;

static void endless(volatile char *above)
{
	volatile char here[1000];

	here[0] = *above;
	more(here);
	here[1] = 0;
}

static void on_segv(int signal, siginfo_t *info, void *context)
{
	char *address = info->si_addr;
	long size = limit_address - address;

	(void)context;
	printf("%s code %d, after about 8 MiB: %s\n", sigabbrev_np(signal), info->si_code,
	       yes(size > 7 << 20 && size < 9 << 20));
	siglongjmp(back, 1);
}

static void overflow(void *unused)
{
	(void)unused;
	endless((char *)&unused);
}

static ucontext_t main_context, other_context;
static int swaps;

static void other(void)
{
	for (;;) {
		swaps++;
		swapcontext(&other_context, &main_context);
	}
}

int main(void)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	static volatile char unused;
	volatile double number = 1.25;
	volatile int i;

	MUST(setrlimit(RLIMIT_STACK, &limit));
	printf("deep: %u\n", deep(30000));
	printf("ackermann: %u\n", ackermann(2, 300));
	{ /* One page below the other, and far below at once. */
		volatile char *place = __builtin_alloca(4 << 20);

		place[0] = 1;
		printf("4 MiB below: %d\n", place[0]);
	}
	in_child("overflow", overflow, NULL);
	limit_address = (char *)&limit;
	MUST(sigaltstack(&stack, NULL));
	handle(SIGSEGV, on_segv, SA_ONSTACK);
	for (i = 0; i < 3; i++)
		if (!sigsetjmp(back, 1))
			endless(&unused);
	MUST(getcontext(&other_context));
	other_context.uc_stack.ss_sp = malloc(65536);
	other_context.uc_stack.ss_size = 65536;
	makecontext(&other_context, other, 0);
	for (i = 0; i < 1000; i++) {
		number += 0.5;
		MUST(swapcontext(&main_context, &other_context));
	}
	printf("swaps: %d %g\n", swaps, number);
	return 0;
}
