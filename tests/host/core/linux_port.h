/* SPDX-License-Identifier: MIT */
/* Shared by linux_port_test.c and linux_monitor_pages_test.c: what core_port.h uses of Linux. */
#ifndef LINUX_PORT_H
#define LINUX_PORT_H

#include <stdarg.h>

#define likely(what)   __builtin_expect(!!(what), 1)
#define unlikely(what) __builtin_expect(!!(what), 0)

typedef int spinlock_t; /* 1: held */
#define DEFINE_SPINLOCK(name) spinlock_t name
static bool irqs_off;
#define INTERRUPTS_ON			    5
#define INTERRUPTS_OFF			    7
#define local_save_flags(flags)		    ((flags) = irqs_off ? INTERRUPTS_OFF : INTERRUPTS_ON)
#define local_irq_enable()		    (irqs_off = false)
#define spin_lock_irqsave(lock, flags)	    (local_save_flags(flags), irqs_off = true, *(lock) = 1)
#define spin_unlock_irqrestore(lock, flags) (*(lock) = 0, irqs_off = (flags) == INTERRUPTS_OFF)

static int preempt_count;
#define preempt_disable() (preempt_count++)
#define preempt_enable()  (preempt_count--)

static int bh_count;
static bool interrupt; /* this is one */
#define local_bh_disable()	   (bh_count++)
#define local_bh_enable()	   (bh_count--)
#define in_interrupt()		   interrupt
#define irqs_disabled_flags(flags) ((flags) == INTERRUPTS_OFF)

struct task {
	bool fatal;
	uint64_t runtime; /* up to now */
	struct {
		uint64_t sum_exec_runtime; /* up to the last tick or switch */
	} se;
	unsigned long nvcsw, nivcsw;
};

static struct task *running;
static uint64_t cycles_now;
static const unsigned int tsc_khz = 2000000; /* two cycles are a nanosecond */

#undef current
#define current			   running
#define fatal_signal_pending(task) ((task)->fatal)
#define task_sched_runtime(task)   ((task)->runtime)
#define get_cycles()		   cycles_now
#define NSEC_PER_MSEC		   1000000L
#define xadd(counter, some)	   __atomic_fetch_add(counter, some, __ATOMIC_ACQ_REL)

static inline u64 div_u64_rem(u64 number, u32 by, u32 *rest)
{
	*rest = (u32)(number % by);
	return number / by;
}

static inline u64 mul_u64_u32_div(u64 number, u32 times, u32 by)
{
	return (u64)((unsigned __int128)number * times / by);
}

struct irq_work {
	void (*run)(struct irq_work *work);
	bool queued;
};
#define DEFINE_IRQ_WORK(name, function) struct irq_work name = { .run = (function) }
#define irq_work_queue(work)		((work)->queued = true)

#define DEFINE_RATELIMIT_STATE(name, interval, burst) int name
#define __ratelimit(state)			      (++*(state))
#define printk_deferred(...)			      printf(__VA_ARGS__)
#define KERN_WARNING				      ""

#include <core_port.h> /* the driver's */

#endif /* LINUX_PORT_H */
