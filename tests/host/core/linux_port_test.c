// SPDX-License-Identifier: MIT
/*
 * Functions of the plugin core's port to Linux, with Linux played.
 *
 * Claims: while no other task runs, all cycles count as CPU time, also in an interrupt over the
 * idle task, to which Linux charges none. After other tasks have run, the caller's time by the
 * scheduler counts, and never more than has passed. Cycles become nanoseconds without a loss
 * that grows. The lock keeps its holder's interrupt flag. A caller is dying if Linux has a fatal
 * signal for it. Cannot tell: the rest of the port, which tests in the guest run.
 */
#include "../check.h"
#include "linux_port.h"

static struct task process = { .runtime = 70 };
static uint64_t now;
static unsigned int gave_way;

#define ktime_get_boottime_ns()				 now
#define cond_resched()					 gave_way++
#define DECLARE_WAIT_QUEUE_HEAD(name)			 int name
#define wait_event_killable(queue, over)		 (!(over))
#define __wait_event_hrtimeout(queue, over, most, state) ((over) || !(most) ? 0 : -ETIME)
#define ns_to_ktime(ns)					 (ns)
typedef int64_t ktime_t;
static unsigned int woken;
#define wake_up_all(queue)	((void)*(queue), woken++)
#define kvzalloc(size, flags)	calloc(1, size)
#define __vmalloc(size, flags)	calloc(1, size)
#define vmalloc_to_pfn(address) ((uint32_t)(uintptr_t)(address) >> 12)
#undef vfree
#define vfree(address) free(address)
#undef kvfree
#define kvfree(memory) free(memory)
#define __GFP_ZERO     8u
struct page;
#define alloc_page(flags)	   ((struct page *)NULL)
#define page_address(page)	   ((void *)(page))
#define page_to_pfn(page)	   ((uint32_t)(uintptr_t)(page))
#define free_page(address)	   ((void)(address))
#define pr_info_ratelimited(...)   printf(__VA_ARGS__)
#define get_random_bytes(to, size) memset(to, 0, size)
static long HYPERVISOR_plugin_op(uint32_t ebx, uint32_t ecx, uint32_t edx, uint32_t esi,
				 uint32_t edi)
{
	return -ENOSYS;
}

#define HYPERVISOR_plugin_op_results(command, a2, a3, a4, a5, answer) \
	((void)(handle), (void)(answer), -ENOSYS)

#include "surroundings.c"

/* linux_monitor_pages_test.c has the real ones. */
bool monitor_pages_offer(unsigned int nr)
{
	return false;
}

unsigned int monitor_pages_settle(void)
{
	return 0;
}

static void time_without_switch(void)
{
	struct port_mark mark;

	cycles_now = 1000;
	port_mark(&mark);
	CHECK(port_clock() == 1000 && port_since(&mark) == 0);
	cycles_now += 500;
	CHECK(port_since(&mark) == 500 && port_since(&mark) == 0);
	/* A tick that charges the task changes nothing. */
	process.se.sum_exec_runtime = process.runtime += 30;
	cycles_now += 7;
	CHECK(port_since(&mark) == 7);
}

/* Other tasks have run: of 10000 cycles, which are 5000 ns, the task has had 1000 ns. */
static void time_with_switch(void)
{
	struct port_mark mark;

	port_mark(&mark);
	cycles_now += 10000;
	process.runtime += 1000;
	process.nvcsw++;
	CHECK(port_since(&mark) == 2000);
	cycles_now += 10000;
	process.se.sum_exec_runtime = process.runtime += 1000;
	process.nivcsw++;
	CHECK(port_since(&mark) == 4000); /* with what is older than the last tick */
	/* The bound is low by more than has passed. */
	cycles_now += 100;
	process.runtime += 1000;
	process.nivcsw++;
	CHECK(port_since(&mark) == 100);
}

static void nanoseconds(void)
{
	CHECK(port_cycles_ns(0) == 0 && port_cycles_ns(2) == 1 && port_cycles_ns(2001) == 1000);
	CHECK(port_cycles_ns(tsc_khz - 1) == 999999 && port_cycles_ns(tsc_khz) == 1000000);
	CHECK(port_cycles_ns(1ull << 62) == 1ull << 61);
}

static void lock(void)
{
	port_lock();
	CHECK(port_registry_lock == 1 && port_registry_flags == INTERRUPTS_ON);
	CHECK(!port_mask(PORT_BARS_TASKS) && preempt_count == 1 && !bh_count);
	port_unlock();
	CHECK(!port_registry_lock && preempt_count == 1);
	port_unmask(PORT_BARS_TASKS);
	CHECK(!preempt_count);
}

static void softirqs(void)
{
	port_registry_flags = INTERRUPTS_ON;
	CHECK(port_mask(PORT_BARS_SOFTIRQS) == PORT_BARS_SOFTIRQS && preempt_count == 1 &&
	      bh_count == 1);
	port_unmask(PORT_BARS_SOFTIRQS);
	CHECK(!preempt_count && !bh_count);
	/* None can come: in an interrupt, or with interrupts off when the lock was taken. */
	interrupt = true;
	CHECK(!port_mask(PORT_BARS_SOFTIRQS) && !bh_count);
	port_unmask(PORT_BARS_TASKS);
	interrupt = false;
	port_registry_flags = INTERRUPTS_OFF;
	CHECK(!port_mask(PORT_BARS_SOFTIRQS) && !bh_count);
	port_unmask(PORT_BARS_TASKS);
	CHECK(!preempt_count && !bh_count);
}

/* Off from the begin of the call to its end, whoever takes the lock meanwhile. */
static void interrupts(void)
{
	port_lock();
	CHECK(port_mask(PORT_BARS_INTERRUPTS) == PORT_BARS_INTERRUPTS && preempt_count == 1);
	port_unlock();
	CHECK(irqs_off);
	port_lock();
	port_unlock();
	CHECK(irqs_off);
	port_unmask(PORT_BARS_INTERRUPTS);
	CHECK(!irqs_off && !preempt_count && !bh_count);
	/* In a softirq, which has them on. */
	interrupt = true;
	port_lock();
	CHECK(port_mask(PORT_BARS_INTERRUPTS) == PORT_BARS_INTERRUPTS);
	port_unlock();
	CHECK(irqs_off);
	port_unmask(PORT_BARS_INTERRUPTS);
	interrupt = false;
	CHECK(!irqs_off);
	/* Interrupts that were off before a masked call stay off after it. */
	irqs_off = true;
	port_lock();
	CHECK(!port_mask(PORT_BARS_INTERRUPTS));
	port_unlock();
	port_unmask(PORT_BARS_TASKS);
	CHECK(irqs_off && !preempt_count);
	irqs_off = false;
}

/* What the scheduler must not do waits for an interrupt. */
static void within_the_scheduler(void)
{
	unsigned int before = woken;

	port_wake();
	CHECK(woken == before + 1);
	port_switching = true;
	port_wake();
	CHECK(woken == before + 1 && waking.queued);
	port_switching = false;
	waking.run(&waking);
	CHECK(woken == before + 2);
}

int main(void)
{
	running = &process;
	time_without_switch();
	time_with_switch();
	nanoseconds();
	lock();
	interrupts();
	within_the_scheduler();
	softirqs();
	CHECK(port_caller() == (uintptr_t)&process);
	CHECK(!port_is_dying());
	port_give_way();
	CHECK(gave_way == 1);
	process.fatal = true;
	CHECK(port_is_dying());
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
