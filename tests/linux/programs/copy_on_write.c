// SPDX-License-Identifier: MIT
/* Trees of forked processes that write to shared pages; each process sees only its own writes. */
#include "program.h"

#define PAGES 64
#define DEPTH 5

static uint32_t (*page)[1024];
static volatile uint32_t *shared;

/* Each process changes some pages, has two children, and then checks what it wrote. */
static void tree(int depth, uint32_t id)
{
	uint32_t seed = id, before, i;
	pid_t children[2];
	int status, k, good;

	for (i = 0; i < PAGES / 2; i++)
		page[next_number(&seed) % PAGES][next_number(&seed) % 1024] = next_number(&seed);
	before = checksum(page, PAGES * 4096);
	if (depth < DEPTH) {
		for (k = 0; k < 2; k++) {
			children[k] = fork();
			if (children[k] < 0)
				_exit(1);
			if (!children[k]) {
				tree(depth + 1, id * 2 + k);
				_exit(1);
			}
			page[k][0]++; /* while the child runs */
			page[k][0]--;
		}
		for (k = 0; k < 2; k++)
			if (waitpid(children[k], &status, 0) != children[k] || status)
				_exit(2);
	}
	good = checksum(page, PAGES * 4096) == before;
	shared[id] = before;
	if (depth)
		_exit(good ? 0 : 3);
	printf("root: %s\n", yes(good));
}

/* Each child forks the next and ends; the last one has all the writes. */
static void chain(void)
{
	int i, fds[2];
	uint32_t sum = 0;

	MUST(pipe(fds));
	fflush(stdout);
	if (!fork()) {
		for (i = 0; i < 100; i++) {
			page[i % PAGES][i] = i;
			if (fork())
				_exit(0);
		}
		sum = checksum(page, PAGES * 4096);
		MUST(write(fds[1], &sum, 4));
		_exit(0);
	}
	MUST(read(fds[0], &sum, 4));
	printf("chain: %#x, here %#x\n", sum, checksum(page, PAGES * 4096));
	while (wait(NULL) > 0)
		;
}

int main(void)
{
	uint32_t i, sum = 0;

	page = MUST(mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0));
	shared = MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	for (i = 0; i < 5; i++)
		tree(0, 1);
	for (i = 1; i < 1u << (DEPTH + 1); i++) {
		sum = sum * 31 + shared[i];
		if (i < 8)
			printf("process %u: %#x\n", i, shared[i]);
	}
	printf("all: %#x\n", sum);
	chain();
	return 0;
}
