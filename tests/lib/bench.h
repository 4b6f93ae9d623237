/* SPDX-License-Identifier: MIT */
/*
 * Measurements: the median of 201 TSC differences, minus the median of empty measurements.
 * Under QEMU's `-icount shift=0` a TSC tick is one instruction.
 */
#ifndef LIB_BENCH_H
#define LIB_BENCH_H

#include <lib/clock.h>
#include <lib/types.h>

#define BENCH_SAMPLES 201

extern u32 bench_samples[BENCH_SAMPLES];

/* Sorts the samples and returns their median. */
u32 bench_median(void);
/* Prints "bench: name instructions crossings". */
void bench_line(const char *name, u32 instructions, u32 crossings);

/* Median TSC ticks of `code`. Each sample runs `before`, not measured, and `code` once. */
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

/* Median TSC ticks of `code`, minus those of an empty measurement. */
#define BENCH(before, code) (BENCH_RAW(before, code) - BENCH_RAW(, ))

#endif /* LIB_BENCH_H */
