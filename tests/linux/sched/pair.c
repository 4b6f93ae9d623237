// SPDX-License-Identifier: MIT
/*
 * A client and a server that wait for each other, beside processes that compute.
 *
 * pair ROUNDS HOGS: the client sends ROUNDS numbers to the server by a pipe, one after the other, and
 * waits for each answer. Prints a line of JSON: ns of the guest's time for a round on average, and the
 * longest one; the sum of the answers; and how far each of the HOGS got meanwhile.
 */
#include <sys/mman.h>

#include "work.h"

#define HOGS_MAX 16

static volatile uint32_t *progress; /* of each hog */

static void count_for_ever(int hog)
{
	for (;;) {
		compute(1, 10000);
		progress[hog]++;
	}
}

static void serve(int from, int to)
{
	uint32_t number;

	for (;;) {
		take(from, &number, sizeof(number));
		number = compute(number, 200);
		give(to, &number, sizeof(number));
	}
}

int main(int argc, char **argv)
{
	uint32_t rounds = argc > 1 ? (uint32_t)atoi(argv[1]) : 0, sum = 0, i, answer;
	int hogs = argc > 2 ? atoi(argv[2]) : 0, hog, there[2], back[2];
	uint64_t begin, now, before, longest = 0;

	if (!rounds || hogs > HOGS_MAX)
		return 2;
	progress = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(progress == MAP_FAILED ? -1 : 0, "mmap");
	must(pipe(there), "pipe");
	must(pipe(back), "pipe");
	if (!make_child())
		serve(there[0], back[1]);
	for (hog = 0; hog < hogs; hog++)
		if (!make_child())
			count_for_ever(hog);
	usleep(50000);
	begin = before = now_ns();
	for (i = 0; i < rounds; i++) {
		give(there[1], &i, sizeof(i));
		take(back[0], &answer, sizeof(answer));
		sum += answer;
		now = now_ns();
		if (now - before > longest)
			longest = now - before;
		before = now;
	}
	printf("{\"ns\": %llu, \"longest\": %llu, \"sum\": %u, \"hogs\": [",
	       (unsigned long long)(before - begin) / rounds, (unsigned long long)longest, sum);
	for (hog = 0; hog < hogs; hog++)
		printf("%s%u", hog ? ", " : "", progress[hog]);
	printf("]}\n");
	return 0;
}
