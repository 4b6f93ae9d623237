// SPDX-License-Identifier: MIT
/*
 * The paging hypercalls against a guest that does anything: random calls, most
 * of them nearly right, on a machine small enough that the same frames meet in
 * every role. After each call every count is made anew from the tables, and the
 * most forgetful flushing is assumed (fake_machine.c). A call that is refused
 * must leave everything as it was. The guest also writes whatever the CPU still
 * lets it write, through stale translations too.
 *
 * The head count at the end makes sure that all kinds of call were both taken
 * and refused often enough to mean something.
 *
 * Usage: paging_test [seed [steps]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "paging_guest.h"

#define STEPS 60000ul

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
		/* The way to an L3 begins with a frame that can always be written. */
		if (calls[i].taken < 200 || (calls[i].refused < 200 && calls[i].call != make_l3))
			fail("too few to mean anything: %s", calls[i].name);
	}
	printf("Test result: SUCCESS\n");
	return 0;
}
