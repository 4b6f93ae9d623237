/* SPDX-License-Identifier: MIT */
/* Time: the TSC, and system time from the vcpu time record. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <lib/types.h>

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

/* Nanoseconds since the monitor booted. */
u64 clock_ns(void);
/* Spins for ns nanoseconds, without a hypercall. */
void clock_spin(u64 ns);

#define MS(n) ((u64)(n)*1000000)

#endif /* LIB_CLOCK_H */
