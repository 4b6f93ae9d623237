/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time: system time from the scaled TSC, and the guest's timers.
 *
 * system_time() is nanoseconds since the monitor started. The guest computes the same
 * from its vcpu_time_info (xen/xen.h) without a hypercall; every tick updates that
 * structure, so that the TSC difference stays small. The guest's timers fire from the
 * tick, so its period (4 ms by default) is their resolution.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/printk.h>

u32 tick_us;

static u64 base_tsc, base_ns; /* TSC and system time at the last tick */
static u32 tsc_mul;	      /* ns = (tsc << shift) * mul >> 32 */
static s8 tsc_shift;	      /* -31 to 31 */
static u32 tsc_per_us;	      /* 1024 times the TSC cycles of a microsecond, rounded up */

static u64 scale(u64 delta)
{
	if (tsc_shift < 0)
		delta >>= -tsc_shift & 31;
	else
		delta <<= tsc_shift & 31; /* the mask saves what shifts by 32 and more take */
	return ((delta & 0xffffffff) * tsc_mul >> 32) + (delta >> 32) * tsc_mul;
}

u64 us_to_cycles(u32 us)
{
	return (u64)us * tsc_per_us >> 10;
}

u64 system_time(void)
{
	return base_ns + scale(rdtsc() - base_tsc);
}

void time_update_vcpu(void)
{
	struct vcpu_time_info *t = &vcpu_info->time;

	t->version++; /* odd while the fields change */
	barrier();
	t->tsc_timestamp = base_tsc;
	t->system_time = base_ns;
	t->tsc_to_system_mul = tsc_mul;
	t->tsc_shift = tsc_shift;
	barrier();
	t->version++;
}

/* Set tsc_mul and tsc_shift so that scale() multiplies by 10^6 / khz, the ns per cycle. */
static void set_scale(u32 khz)
{
	u32 rem;

	tsc_shift = 0;
	while (khz > 2000000) { /* more than 2 GHz */
		khz >>= 1;
		tsc_shift--;
	}
	while (khz <= 1000000) {
		khz <<= 1;
		tsc_shift++;
	}
	asm("divl %4" : "=a"(tsc_mul), "=d"(rem) : "0"(0), "1"(1000000), "r"(khz));
}

void time_init(u32 hz)
{
	u32 khz = pit_calibrate_tsc_khz();

	set_scale(khz);
	tsc_per_us = khz * 128 / 125 + 1;
	base_tsc = rdtsc();
	tick_us = 1000000 / hz;
	/* 19 Hz is the lowest frequency of the PIT. */
	pit_init(MAX(hz / option_tick_late, 19u));
	log_info("time: TSC %u.%03u MHz, tick %u us", khz / 1000, khz % 1000, tick_us);
}

/* Set the wall clock time at which system_time() was 0, for the guest. */
void time_set_wallclock(void)
{
	u32 sec = cmos_seconds();
	u64 now = system_time();
	u32 up, rem;

	asm("divl %4"
	    : "=a"(up), "=d"(rem)
	    : "0"((u32)now), "1"((u32)(now >> 32)), "r"(1000000000));
	shared->wc_version++;
	barrier();
	shared->wc_sec = sec - up - (rem ? 1 : 0);
	shared->wc_nsec = rem ? 1000000000 - rem : 0;
	barrier();
	shared->wc_version++;
}

static void check_timers(u64 now)
{
	bool fire = false;

	if (vcpu.timer_deadline && now >= vcpu.timer_deadline) {
		vcpu.timer_deadline = 0;
		fire = true;
	}
	if (vcpu.periodic_period && now >= vcpu.periodic_next) {
		vcpu.periodic_next += vcpu.periodic_period;
		if (vcpu.periodic_next <= now) /* periods that were missed are skipped */
			vcpu.periodic_next = now + vcpu.periodic_period;
		fire = true;
	}
	if (fire)
		event_set_virq(VIRQ_TIMER);
}

void time_tick(void)
{
	u64 tsc = rdtsc();

	base_ns += scale(tsc - base_tsc);
	base_tsc = tsc;
	if (!shared)
		return;
	time_update_vcpu();
	check_timers(base_ns);
}

long do_set_timer_op(struct regs *r)
{
	/* EBX is the low half, ECX the high half; ns of system time. */
	u64 deadline = (u64)hcall_arg1(r) << 32 | hcall_arg0(r);

	vcpu.timer_deadline = deadline;
	if (deadline && system_time() >= deadline)
		check_timers(system_time());
	return 0;
}
