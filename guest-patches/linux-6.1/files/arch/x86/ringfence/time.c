// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time. The clock is the TSC, whose frequency the monitor gives in vcpu_info; the tick is
 * a one-shot timer of the monitor's, set in its system time.
 */
#include <linux/clockchips.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/timekeeping.h>
#include <asm/msr.h>
#include <asm/pvclock.h>
#include <asm/x86_init.h>

#include <xen/interface/xen.h>
#include <xen/interface/vcpu.h>

#include "ringfence.h"

static const struct pvclock_vcpu_time_info *vcpu_time(void)
{
	return &ringfence_shared()->vcpu_info[0].time;
}

/* Nanoseconds since the monitor booted. */
static u64 system_time(void)
{
	const struct pvclock_vcpu_time_info *t = vcpu_time();
	unsigned int version;
	u64 now;

	do {
		version = pvclock_read_begin(t);
		now = __pvclock_read_cycles(t, rdtsc_ordered());
	} while (pvclock_read_retry(t, version));
	return now;
}

/* ns = (tsc << shift) * mul >> 32, so that kHz = 10^6 << 32 >> shift / mul. */
static unsigned long tsc_frequency(void)
{
	const struct pvclock_vcpu_time_info *t = vcpu_time();
	u64 khz = div_u64(1000000ULL << 32, t->tsc_to_system_mul);

	return t->tsc_shift < 0 ? khz << -t->tsc_shift : khz >> t->tsc_shift;
}

static void get_wallclock(struct timespec64 *now)
{
	const struct pvclock_wall_clock *wc = &ringfence_shared()->wc;
	u32 version;
	u64 sec, ns;

	do {
		version = READ_ONCE(wc->version);
		rmb();
		sec = wc->sec;
		ns = wc->nsec;
		rmb();
	} while ((version & 1) || version != READ_ONCE(wc->version));
	ns += system_time();
	now->tv_sec = sec + div_u64_rem(ns, NSEC_PER_SEC, (u32 *)&ns);
	now->tv_nsec = (u32)ns;
}

static int set_wallclock(const struct timespec64 *now)
{
	return -EPERM;
}

static int timer_set(unsigned long delta, struct clock_event_device *dev)
{
	return HYPERVISOR_set_timer_op(system_time() + delta) ? -ETIME : 0;
}

static int timer_stop(struct clock_event_device *dev)
{
	HYPERVISOR_set_timer_op(0);
	return 0;
}

static int timer_start(struct clock_event_device *dev)
{
	/* Some monitors start a domain with a 100 Hz tick. */
	HYPERVISOR_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
	return 0;
}

static struct clock_event_device timer = {
	.name = "ringfence",
	.features = CLOCK_EVT_FEAT_ONESHOT,
	.rating = 500,
	.set_next_event = timer_set,
	.set_state_shutdown = timer_stop,
	.set_state_oneshot = timer_start,
	.set_state_oneshot_stopped = timer_stop,
};

static irqreturn_t timer_interrupt(int irq, void *dev)
{
	timer.event_handler(&timer);
	return IRQ_HANDLED;
}

static void __init init_timer(void)
{
	int err =
		ringfence_request_virq(VIRQ_TIMER, timer_interrupt,
				       IRQF_TIMER | IRQF_IRQPOLL | IRQF_NOBALANCING, "timer", NULL);

	if (err)
		panic("ringfence: no timer (%d)", err);
	timer.cpumask = cpumask_of(0);
	clockevents_config_and_register(&timer, NSEC_PER_SEC, 10000, INT_MAX);
}

/*
 * Jiffies to account at this tick: those since the last one that was accounted,
 * which are several when the monitor's tick was late. Idle time is not taken
 * from here: the idle loop itself adds up the jiffies in which it had no tick.
 * The tick handlers call this after they have updated jiffies, with interrupts
 * off.
 */
unsigned long ringfence_ticks(bool idle)
{
	static unsigned long accounted = INITIAL_JIFFIES;
	unsigned long due = jiffies - accounted;

	accounted = jiffies;
	return idle ? 1 : due;
}

void __init ringfence_init_time(void)
{
	x86_init.timers.timer_init = init_timer;
	x86_init.timers.setup_percpu_clockev = x86_init_noop;
	x86_init.timers.wallclock_init = x86_init_noop;
	x86_platform.calibrate_cpu = tsc_frequency;
	x86_platform.calibrate_tsc = tsc_frequency;
	x86_platform.get_wallclock = get_wallclock;
	x86_platform.set_wallclock = set_wallclock;
}
