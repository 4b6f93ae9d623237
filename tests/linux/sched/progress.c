// SPDX-License-Identifier: MIT
/*
 * progress MS: computes for MS of the guest's time. Prints how far it got, as a line of JSON.
 */
#include "work.h"

int main(int argc, char **argv)
{
	uint64_t end = now_ns() + (argc > 1 ? (uint64_t)atoi(argv[1]) : 0) * 1000000;
	uint32_t steps = 0;

	while (now_ns() < end) {
		compute(1, 10000);
		steps++;
	}
	printf("{\"steps\": %u}\n", steps);
	return 0;
}
