// SPDX-License-Identifier: MIT
/* The samples of a measurement and its machine-readable line. */
#include <lib/bench.h>
#include <lib/console.h>

u32 bench_samples[BENCH_SAMPLES];

u32 bench_median(void)
{
	u32 i, j, sample;

	for (i = 1; i < BENCH_SAMPLES; i++) {
		sample = bench_samples[i];
		for (j = i; j && bench_samples[j - 1] > sample; j--)
			bench_samples[j] = bench_samples[j - 1];
		bench_samples[j] = sample;
	}
	return bench_samples[BENCH_SAMPLES / 2];
}

void bench_line(const char *name, u32 instructions, u32 crossings)
{
	print("bench: %s %u %u\n", name, instructions, crossings);
}
