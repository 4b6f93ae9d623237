/* SPDX-License-Identifier: MIT */
/*
 * Ends calls in every way there is, each at a line that a comment marks, for
 * tests of the place that a report names.
 */
#include <ringfence/plugin.h>

PLUGIN("lines", "1.0", "is stopped at lines that its source marks");

static volatile uint32_t turns;

PLUGIN_ENTRY(write, void)
{
	turns++;
	*(volatile uint32_t *)0xc0100000 = turns; /* here: write */
	return turns;
}

PLUGIN_ENTRY(divide, uint32_t zero)
{
	turns++;
	turns = turns / zero; /* here: divide */
	return turns;
}

/*
 * What is on one line has to stay there; tcc counts an asm statement to the line
 * of the statement before it.
 */
/* clang-format off */
PLUGIN_ENTRY(spin, void)
{
	for (;;) { turns++; } /* here: spin */
}

PLUGIN_ENTRY(gate, void)
{
	turns++;
	turns++; __asm__ volatile("int $0x81" : : "a"(255)); /* here: gate */
	turns++;
	return turns;
}

PLUGIN_ENTRY(breakpoint, void)
{
	turns++;
	turns++; __asm__ volatile("int3"); /* here: breakpoint */
	turns++;
	return turns;
}
/* clang-format on */
