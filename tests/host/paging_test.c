// SPDX-License-Identifier: MIT
/*
 * The paging hypercalls against random calls, most of them nearly valid, on a machine with
 * so few frames that each frame is used in every role. After each call all counts are
 * computed anew from the tables. The CPU caches all that a CPU may cache (fake_machine.c).
 * A refused call must change nothing. The guest also writes all frames that the CPU lets
 * the guest write, through stale translations too.
 *
 * The counts at the end make sure that each kind of call was both accepted and refused
 * often enough.
 *
 * Usage: paging_test [seed [steps]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "paging_guest.h"

#define STEPS 30000ul

static u64 seed;

static u32 rnd(u32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)(seed >> 16) % n;
}

int main(int argc, char **argv)
{
	unsigned long first = argc > 1 ? strtoul(argv[1], NULL, 0) : 1, steps, n;
	u32 i;

	steps = argc > 2 ? strtoul(argv[2], NULL, 0) : STEPS;
	seed = first * 0x9e3779b97f4a7c15ull + 1;
	printf("seed %lu, %lu steps\n", first, steps);
	machine_init();
	build();
	for (n = 0; n < steps; n++)
		step();
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		printf("%-12s taken %8lu refused %8lu\n", calls[i].name, calls[i].taken,
		       calls[i].refused);
		if (steps < STEPS)
			continue;
		/* make_l3() writes a writable frame, so it is seldom refused. */
		if (calls[i].taken < 200 || (calls[i].refused < 200 && calls[i].call != make_l3))
			fail("too few to mean anything: %s", calls[i].name);
	}
	printf("Test result: SUCCESS\n");
	return 0;
}
