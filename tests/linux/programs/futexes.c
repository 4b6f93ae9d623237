// SPDX-License-Identifier: MIT
/* Futexes, by system call: waits, wakes, requeue, time-outs, bitsets, owners that die. */
#include "program.h"
#include <linux/futex.h>
#include <time.h>

static uint32_t *word;

static long futex(uint32_t *at, int op, uint32_t value, const struct timespec *time,
		  uint32_t *other, uint32_t value3)
{
	return syscall(SYS_futex, at, op, value, time, other, value3);
}

static pid_t waiting[8];
static int nr_waiting;

static void waiter(int index, int op, uint32_t bits)
{
	pid_t pid = MUST(fork());

	if (!pid)
		_exit(futex(&word[index], op, 0, NULL, NULL, bits) ? 1 : 0);
	waiting[nr_waiting++] = pid;
}

/* Until all of them sleep in the futex. */
static void settle(void)
{
	while (nr_waiting)
		until_asleep(waiting[--nr_waiting]);
}

static void collect(const char *what, int n)
{
	int status, good = 0, i;

	for (i = 0; i < n; i++) {
		MUST(wait(&status));
		good += status == 0;
	}
	printf("%s: %d of %d ended well\n", what, good, n);
}

int main(void)
{
	struct timespec soon = { 0, 20000000 }, bad = { 0, 2000000000 };
	int i;

	word = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	SHOW(futex(word, FUTEX_WAIT, 1, NULL, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex(word, FUTEX_WAIT, 0, &bad, NULL, 0));
	SHOW(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex((uint32_t *)0xc0000000, FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex((uint32_t *)16, FUTEX_WAKE, 1, NULL, NULL, 0));
	SHOW(futex((uint32_t *)((char *)word + 1), FUTEX_WAIT, 0, &soon, NULL, 0));
	SHOW(futex(word, 99, 0, NULL, NULL, 0));

	for (i = 0; i < 5; i++)
		waiter(0, FUTEX_WAIT, 0);
	settle();
	SHOW(futex(word, FUTEX_WAKE, 2, NULL, NULL, 0));
	SHOW(futex(word, FUTEX_CMP_REQUEUE, 1, (void *)1, &word[1], 0));
	SHOW(futex(word, FUTEX_WAKE, 10, NULL, NULL, 0));
	SHOW(futex(&word[1], FUTEX_WAKE, 10, NULL, NULL, 0));
	collect("requeued", 5);

	for (i = 0; i < 3; i++)
		waiter(2, FUTEX_WAIT_BITSET, 1u << i);
	settle();
	SHOW(futex(&word[2], FUTEX_WAKE_BITSET, 10, NULL, NULL, 5));
	SHOW(futex(&word[2], FUTEX_WAKE_BITSET, 10, NULL, NULL, 2));
	collect("bitset", 3);

	SHOW(futex(&word[3], FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	printf("the owner is this one: %s\n",
	       yes((word[3] & FUTEX_TID_MASK) == (uint32_t)getpid()));
	SHOW(futex(&word[3], FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	waiter(3, FUTEX_LOCK_PI, 0);
	settle();
	printf("waiters: %s\n", yes((word[3] & FUTEX_WAITERS) != 0));
	SHOW(futex(&word[3], FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	collect("inherited", 1);

	/* The kernel changes the word by an operation of its own. */
	word[4] = 5;
	SHOW(futex(&word[5], FUTEX_WAKE_OP, 1, (void *)1, &word[4],
		   FUTEX_OP(FUTEX_OP_ADD, 7, FUTEX_OP_CMP_EQ, 5)));
	printf("changed to %u\n", word[4]);
	SHOW(futex(&word[5], FUTEX_WAKE_OP, 1, (void *)1, (uint32_t *)0xc0000000,
		   FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 5)));
	return 0;
}
