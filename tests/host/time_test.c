// SPDX-License-Identifier: MIT
/*
 * The clock: conversion of cycles to nanoseconds for TSCs of 1 MHz to 33 GHz, the guest's
 * parameters for the same conversion, the tick's period, the time of day, and when timers
 * fire. The TSC is the host's, so a time can only be checked to lie between two others.
 *
 * Cannot tell: what happens exactly at the nanosecond of a deadline, nor the rate of the
 * PIT.
 */
#include <string.h>

#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/hypercall.h>

#include "check.h"
#include "silent_log.h"

#define SECOND	1000000000ull
#define FAR	(1ull << 62)
#define SECONDS 1700000000u /* of the CMOS clock */

struct vcpu vcpu;
static struct shared_info page;
struct shared_info *shared;
struct vcpu_info *vcpu_info = &page.vcpu_info[0];
u32 option_tick_late = 1;
static u32 khz, pit_hz, fired;

u32 pit_calibrate_tsc_khz(void)
{
	return khz;
}

void pit_init(u32 hz)
{
	pit_hz = hz;
}

u32 cmos_seconds(void)
{
	return SECONDS;
}

void event_set_virq(unsigned int virq)
{
	CHECK(virq == VIRQ_TIMER);
	fired++;
}

static u32 fires(void)
{
	fired = 0;
	time_tick();
	return fired;
}

static const volatile struct vcpu_time_info *t = &page.vcpu_info[0].time;

/* The guest's computation of the time, as xen/xen.h describes it. */
static u64 guests_time(u64 tsc)
{
	u64 delta = tsc - t->tsc_timestamp;

	delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
	return t->system_time + ((delta >> 32) * t->tsc_to_system_mul) +
	       ((delta & 0xffffffff) * t->tsc_to_system_mul >> 32);
}

/* For one rate: the guest's parameters are its inverse, and both clocks agree. */
static void rate(u32 rate_khz)
{
	u32 version = t->version, us;
	double ns, want = 1e6 / rate_khz;
	u64 before, now, after;

	khz = rate_khz;
	time_init(100);
	time_tick();
	CHECK(t->version == version + 2 && !(version & 1));
	CHECK(t->tsc_to_system_mul >= 1u << 31, "%u kHz: %x", khz, t->tsc_to_system_mul);
	ns = t->tsc_to_system_mul / 4294967296.0;
	ns = t->tsc_shift < 0 ? ns / (1 << -t->tsc_shift) : ns * (1 << t->tsc_shift);
	CHECK(ns <= want * 1.000001 && ns >= want * 0.99999, "%u kHz: %g ns", khz, ns);
	before = guests_time(rdtsc());
	now = system_time();
	after = guests_time(rdtsc());
	CHECK(before <= now && now <= after, "%llu %llu %llu", before, now, after);
	/* us_to_cycles() rounds up, with a small error. */
	for (us = 1; us < 100000000; us *= 10) {
		double cycles = (double)us_to_cycles(us), exact = us * (khz / 1000.0);

		CHECK(cycles + 1 >= exact && cycles <= exact * 1.002 + us / 500.0 + 1,
		      "%u us at %u kHz: %g", us, khz, cycles);
	}
	/* The clock is continuous across a tick. */
	before = system_time();
	time_tick();
	after = system_time();
	CHECK(t->system_time >= before && t->system_time <= after && t->tsc_timestamp <= rdtsc());
}

static void rates(void)
{
	static const u32 rows[] = { 1000,    999999,  1000000, 1000001, 1999999, 2000000,
				    2000001, 2400123, 3999999, 4000000, 4000001, 33000000 };
	u32 i;

	shared = NULL;
	khz = 2400000;
	time_init(100);
	time_tick();
	CHECK(!t->version && !fired); /* there is no shared_info yet */
	shared = &page;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		rate(rows[i]);
}

static void ticks(void)
{
	khz = 2400000;
	time_init(250);
	CHECK(tick_us == 4000 && pit_hz == 250);
	option_tick_late = 5;
	time_init(250);
	CHECK(tick_us == 4000 && pit_hz == 50);
	option_tick_late = 100; /* less than the PIT can */
	time_init(250);
	CHECK(tick_us == 4000 && pit_hz == 19);
	option_tick_late = 1;
}

/* The wall clock at boot is the time of day minus the time since boot. */
static void wallclock(void)
{
	u32 version = page.wc_version;
	u64 before, boot, after;

	before = system_time();
	time_set_wallclock();
	after = system_time();
	boot = page.wc_sec * SECOND + page.wc_nsec;
	CHECK(page.wc_version == version + 2 && page.wc_nsec < SECOND);
	CHECK(boot + before <= SECONDS * SECOND && boot + after >= SECONDS * SECOND);
}

static void timers(void)
{
	u64 now;

	memset(&vcpu, 0, sizeof(vcpu));
	CHECK(!fires());
	vcpu.timer_deadline = FAR;
	CHECK(!fires() && vcpu.timer_deadline == FAR);
	vcpu.timer_deadline = 1;
	CHECK(fires() == 1 && !vcpu.timer_deadline && !fires());
	/* A periodic timer is next due a period after it was due, if that is in the future. */
	vcpu.periodic_period = FAR;
	vcpu.periodic_next = 5;
	CHECK(fires() == 1 && vcpu.periodic_next == FAR + 5 && !fires());
	vcpu.periodic_period = 3;
	vcpu.periodic_next = 5; /* many periods ago */
	now = system_time();
	CHECK(fires() == 1 && vcpu.periodic_next == t->system_time + 3);
	CHECK(vcpu.periodic_next >= now + 3);
	/* If both timers are due, there is one event. */
	vcpu.timer_deadline = 1;
	vcpu.periodic_next = 1;
	CHECK(fires() == 1 && !vcpu.timer_deadline);
	vcpu.periodic_period = vcpu.periodic_next = 0;
	CHECK(!fires());
}

static u32 set(u64 deadline)
{
	struct regs r = { .ebx = (u32)deadline, .ecx = (u32)(deadline >> 32) };

	fired = 0;
	CHECK(do_set_timer_op(&r) == 0);
	return fired;
}

static void timer_op(void)
{
	memset(&vcpu, 0, sizeof(vcpu));
	CHECK(!set(0x1234567800000009) && vcpu.timer_deadline == 0x1234567800000009);
	vcpu.periodic_period = 1; /* due, but only the tick checks it */
	CHECK(!set(FAR) && !set(0) && !vcpu.timer_deadline);
	vcpu.periodic_period = 0;
	CHECK(set(1) == 1 && !vcpu.timer_deadline); /* at once */
}

int main(void)
{
	rates();
	ticks();
	wallclock();
	khz = 2400000;
	time_init(100);
	timers();
	timer_op();
	wallclock();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
