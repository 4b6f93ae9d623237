/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The headers and macros that the plugin core needs of the kernel that it is ported to (see
 * core/README.md), in Linux. The functions of core/port.h are in surroundings.c,
 * directory.c and points.c. Those on the way of every call are here, to be inlined.
 */
#ifndef RINGFENCE_CORE_PORT_H
#define RINGFENCE_CORE_PORT_H

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timex.h>
#include <linux/types.h>

#include <ringfence/plugin_op.h>
#include <ringfence/plg.h>

#include "bars.h"

#define port_vsnprintf vsnprintf

extern spinlock_t port_registry_lock;
extern unsigned long port_registry_flags; /* saved by the lock's holder, for port_unlock() */

extern bool port_switching; /* the scheduler asks a graft now, see graft_sched.c */

/* Disables interrupts, as interrupts take the lock too: core_kill(). */
static inline void port_lock(void)
{
	unsigned long flags;

	spin_lock_irqsave(&port_registry_lock, flags);
	port_registry_flags = flags;
}

static inline void port_unlock(void)
{
	unsigned long flags = port_registry_flags;

	spin_unlock_irqrestore(&port_registry_lock, flags);
}

/*
 * Softirqs run if interrupts and softirqs are on, and at the end of an interrupt. With interrupts off
 * nobody is woken up by one. port_unlock() then leaves them off.
 */
static inline enum port_bars port_mask(enum port_bars bars)
{
	preempt_disable();
	if (likely(bars == PORT_BARS_TASKS) || irqs_disabled_flags(port_registry_flags))
		return PORT_BARS_TASKS;
	if (bars == PORT_BARS_INTERRUPTS) {
		local_save_flags(port_registry_flags); /* off, as the lock is held */
		return PORT_BARS_INTERRUPTS;
	}
	if (in_interrupt())
		return PORT_BARS_TASKS;
	local_bh_disable();
	return PORT_BARS_SOFTIRQS;
}

/* Interrupts and softirqs that came meanwhile, and a task that was to run, run now. */
static inline void port_unmask(enum port_bars bars)
{
	if (unlikely(bars == PORT_BARS_INTERRUPTS))
		local_irq_enable();
	else if (unlikely(bars == PORT_BARS_SOFTIRQS))
		local_bh_enable();
	preempt_enable();
}

static inline bool port_is_dying(void)
{
	return fatal_signal_pending(current);
}

/* In an interrupt `current` is the interrupted task. */
static inline uintptr_t port_caller(void)
{
	return (uintptr_t)current;
}

static inline uint32_t port_count_up(uint32_t *counter, uint32_t some)
{
	return xadd(counter, some);
}

static inline uint64_t port_clock(void)
{
	return get_cycles();
}

struct port_mark {
	uint64_t clock;
	uint64_t runtime; /* of the scheduler's last tick or switch: a lower bound, quick to read */
	uint32_t switches;
};

static inline void port_mark(struct port_mark *mark)
{
	mark->clock = get_cycles();
	mark->runtime = current->se.sum_exec_runtime;
	mark->switches = current->nvcsw + current->nivcsw;
}

/* The CPU time of port_since() if other tasks have run. */
uint64_t port_since_switch(uint64_t cycles, uint64_t runtime);

/* Unless the scheduler has run another task, all cycles since the mark are the task's. */
static inline uint64_t port_since(struct port_mark *mark)
{
	uint64_t cycles = get_cycles() - mark->clock;

	if (unlikely(mark->switches != (uint32_t)(current->nvcsw + current->nivcsw)))
		cycles = port_since_switch(cycles, mark->runtime);
	port_mark(mark);
	return cycles;
}

#endif /* RINGFENCE_CORE_PORT_H */
