/* SPDX-License-Identifier: MIT */
/*
 * Walks a buffer in its own data: fills the first n words from the seed with
 * a linear congruential generator, then adds them up. n is cut to the size of
 * the buffer.
 */
#include <ringfence/plugin.h>

PLUGIN("sum", "1.0", "sum of n pseudo-random words: main N SEED");

static uint32_t words[4096];

PLUGIN_ENTRY(main, uint32_t n, uint32_t seed)
{
	const uint32_t room = sizeof(words) / sizeof(words[0]);
	uint32_t total = 0;

	if (n > room)
		n = room;
	for (uint32_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		words[i] = seed;
	}
	for (uint32_t i = 0; i < n; i++)
		total += words[i];
	return total;
}
