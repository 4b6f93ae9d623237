// SPDX-License-Identifier: MIT
/* Reads the time from vcpu_time_info: version, shift, multiply, version. */
#include <lib/clock.h>
#include <lib/event.h>

/* (a * b) >> 32 */
static u64 scale(u64 a, u32 b)
{
	return (u64)(u32)(a >> 32) * b + ((u64)(u32)a * b >> 32);
}

u64 clock_ns(void)
{
	volatile struct vcpu_time_info *t = &vcpu0.time;
	u64 delta, base;
	u32 version, mul;
	int shift;

	do {
		version = t->version & ~1u;
		barrier();
		delta = rdtsc() - t->tsc_timestamp;
		base = t->system_time;
		mul = t->tsc_to_system_mul;
		shift = t->tsc_shift;
		barrier();
	} while (version != t->version);
	delta = shift < 0 ? delta >> -shift : delta << shift;
	return base + scale(delta, mul);
}

void clock_spin(u64 ns)
{
	u64 end = clock_ns() + ns;

	while (clock_ns() < end)
		asm volatile("pause");
}
