/* SPDX-License-Identifier: MIT */
/*
 * Measuring: TSC differences, the median of 201, less what the empty
 * measurement costs. Under `-icount shift=0` a tick is an instruction.
 */
#ifndef LIB_BENCH_H
#define LIB_BENCH_H

#include <lib/clock.h>
#include <lib/types.h>

#define BENCH_SAMPLES 201

extern u32 bench_samples[BENCH_SAMPLES];

/* Sorts the samples and gives the middle one. */
u32 bench_median(void);
/* Prints "bench: name instructions crossings". */
void bench_line(const char *name, u32 instructions, u32 crossings);

/* Median ticks of `code`, of which every sample runs once, after `before`. */
#define BENCH_RAW(before, code)                                         \
	({                                                              \
		u32 sample_, start_;                                    \
		for (sample_ = 0; sample_ < BENCH_SAMPLES; sample_++) { \
			before;                                         \
			barrier();                                      \
			start_ = (u32)rdtsc();                          \
			barrier();                                      \
			code;                                           \
			barrier();                                      \
			bench_samples[sample_] = (u32)rdtsc() - start_; \
			barrier();                                      \
		}                                                       \
		bench_median();                                         \
	})

/* The same less the empty measurement. */
#define BENCH(before, code) (BENCH_RAW(before, code) - BENCH_RAW(, ))

#endif /* LIB_BENCH_H */
