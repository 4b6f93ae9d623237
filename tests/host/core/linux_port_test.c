// SPDX-License-Identifier: MIT
/*
 * Functions of the plugin core's port to Linux, with Linux played.
 *
 * Claims: the CPU time goes on also in an interrupt over the idle task, to which Linux charges
 * none, so that services of a call made there have a limit. Over any other task it is that
 * task's. A caller is dying if Linux has a fatal signal for it. Cannot tell: the rest of the
 * port, which tests in the guest run.
 */
#include "../check.h"
#include "core_port.h"

struct task {
	bool idle, fatal;
	uint64_t runtime;
};

static struct task idle = { .idle = true }, process = { .runtime = 70 }, *running;
static uint64_t now;
static unsigned int gave_way;

#undef current
#define current				    running
#define is_idle_task(task)		    ((task)->idle)
#define task_sched_runtime(task)	    ((task)->runtime)
#define fatal_signal_pending(task)	    ((task)->fatal)
#define ktime_get_mono_fast_ns()	    now
#define ktime_get_boottime_ns()		    now
#define cond_resched()			    gave_way++
#define DEFINE_SPINLOCK(name)		    int name
#define DECLARE_WAIT_QUEUE_HEAD(name)	    int name
#define spin_lock_irqsave(lock, flags)	    ((flags) = 1, *(lock) = 1)
#define spin_unlock_irqrestore(lock, flags) (*(lock) = !(flags))
#define wait_event_killable(queue, over)    (!(over))
#define wake_up_all(queue)		    ((void)*(queue))
#define kvzalloc(size, flags)		    calloc(1, size)
#undef kvfree
#define kvfree(memory) free(memory)
#define __GFP_ZERO     8u
struct page;
#define alloc_page(flags)	 ((struct page *)NULL)
#define page_address(page)	 ((void *)(page))
#define page_to_pfn(page)	 ((uint32_t)(uintptr_t)(page))
#define free_page(address)	 ((void)(address))
#define pr_info_ratelimited(...) printf(__VA_ARGS__)
#undef pr_warn_ratelimited
#define pr_warn_ratelimited(...)   printf(__VA_ARGS__)
#define get_random_bytes(to, size) memset(to, 0, size)
struct plugin_op_regs {
	uint32_t ebx, ecx, edx, esi, edi;
};

static long HYPERVISOR_plugin_op(uint32_t ebx, uint32_t ecx, uint32_t edx, uint32_t esi,
				 uint32_t edi)
{
	return -ENOSYS;
}

static long HYPERVISOR_plugin_op_regs(struct plugin_op_regs *regs)
{
	return -ENOSYS;
}

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

int main(void)
{
	uint64_t before;

	running = &process;
	now = 1000;
	CHECK(port_cpu_time() == 70);
	now = 2000;
	CHECK(port_cpu_time() == 70);
	running = &idle;
	before = port_cpu_time();
	now += 500;
	CHECK(port_cpu_time() - before == 500);

	running = &process;
	CHECK(!port_is_dying());
	port_give_way();
	CHECK(gave_way == 1);
	process.fatal = true;
	CHECK(port_is_dying());
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
