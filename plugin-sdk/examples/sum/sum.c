/* SPDX-License-Identifier: MIT */
/*
 * Works on a buffer in the plugin's data. Fills the first n words by a linear congruential
 * generator that starts from the seed, and returns their sum modulo 2^32. n is limited to
 * the size of the buffer.
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
