// SPDX-License-Identifier: GPL-2.0-only
/* The functions of core/port.h, which the plugin core needs of a kernel, in Linux. */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/sched/cputime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#include <asm/ringfence/hypercall.h>
#include <asm/tsc.h>

#include "core/port.h"
#include "core/service/window.h"
#include "monitor_pages.h"

/* port_lock(), in core_port.h. */
DEFINE_SPINLOCK(port_registry_lock);
unsigned long port_registry_flags;

static DECLARE_WAIT_QUEUE_HEAD(changes);

int port_wait(bool (*over)(void *what), void *what)
{
	return wait_event_killable(changes, over(what)) ? -EINTR : 0;
}

/* A timer of jiffies would be up to two ticks late. */
int port_wait_for(bool (*over)(void *what), void *what, uint32_t us)
{
	ktime_t most = ns_to_ktime((u64)us * NSEC_PER_USEC);
	int err = __wait_event_hrtimeout(changes, over(what), most, TASK_KILLABLE);

	if (err == -ETIME)
		return over(what) ? 0 : -ETIMEDOUT;
	return err ? -EINTR : 0;
}

static void wake_now(struct irq_work *work)
{
	wake_up_all(&changes);
}

static DEFINE_IRQ_WORK(waking, wake_now);
bool port_switching;

/* The scheduler, which asks a graft, must not wake up anybody: the next tick does. */
void port_wake(void)
{
	if (unlikely(port_switching))
		irq_work_queue(&waking);
	else
		wake_up_all(&changes);
}

void port_give_way(void)
{
	cond_resched();
}

uint64_t port_cycles_ns(uint64_t cycles)
{
	u32 rest;
	u64 ms = div_u64_rem(cycles, tsc_khz, &rest);

	return ms * NSEC_PER_MSEC + div_u64((u64)rest * NSEC_PER_MSEC, tsc_khz);
}

uint64_t port_since_switch(uint64_t cycles, uint64_t runtime)
{
	runtime = task_sched_runtime(current) - runtime;
	return min_t(u64, cycles, mul_u64_u32_div(runtime, tsc_khz, NSEC_PER_MSEC));
}

/* A caller is a task, which does not end during its call. Its time is whole, as the lock is held. */
uint64_t port_caller_ns(uintptr_t caller)
{
	return ((const typeof(*current) *)caller)->se.sum_exec_runtime;
}

/* Without memory a load fails with an errno: no OOM killer, no warning in the log. */
#define GFP_PLUGIN (GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

void *port_alloc(size_t size)
{
	return kvzalloc(size, GFP_PLUGIN);
}

void port_free(void *memory)
{
	kvfree(memory);
}

/* The guest has the identity: the pfn of each page is its mfn. */
int port_frame_alloc(void **address, uint32_t *mfn)
{
	struct page *page = alloc_page(GFP_PLUGIN | __GFP_ZERO);

	if (!page)
		return -ENOMEM;
	*address = page_address(page);
	*mfn = page_to_pfn(page);
	return 0;
}

void port_frame_free(void *address, uint32_t mfn)
{
	free_page((unsigned long)address);
}

int port_frames_alloc(u32 nr, struct core_frame *frames)
{
	void *first;
	u32 i;

	if (nr == 1)
		return port_frame_alloc(&frames->address, &frames->mfn);
	first = __vmalloc(nr * PAGE_SIZE, GFP_PLUGIN | __GFP_ZERO);
	if (!first)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		frames[i].address = first + i * PAGE_SIZE;
		frames[i].mfn = vmalloc_to_pfn(frames[i].address);
	}
	return 0;
}

void port_frames_free(u32 nr, const struct core_frame *frames)
{
	if (nr == 1)
		port_frame_free(frames->address, frames->mfn);
	else
		vfree(frames->address);
}

long port_plugin_op(uint32_t command, uint32_t ecx, uint32_t edx)
{
	return HYPERVISOR_plugin_op(command, ecx, edx, 0, 0);
}

/* Pages that the monitor gets at a time for what it keeps of plugins, see monitor_pages.h. */
#define MONITOR_PAGES 16

long port_plugin_create(const struct plugin_create *create, const uint32_t *frames)
{
	struct plugin_create request = *create;
	unsigned int kept = 1;
	long handle;

	request.frames = (uint32_t)frames;
	handle = HYPERVISOR_plugin_op(PLUGINOP_create, (uint32_t)&request, 0, 0, 0);
	while (handle == -ENOMEM && kept && monitor_pages_offer(MONITOR_PAGES)) {
		handle = HYPERVISOR_plugin_op(PLUGINOP_create, (uint32_t)&request, 0, 0, 0);
		kept = monitor_pages_settle();
	}
	return handle;
}

/*
 * An event that arrives while the plugin runs is delivered at once, and its handler runs. With
 * @interruptible the handler returns behind the hypercall, whose result is
 * PLUGIN_STATUS_INTERRUPTED. Without @interruptible the handler returns to the hypercall, which
 * resumes the plugin: the function returns when the call ends or requests a service, and no other
 * task runs before.
 */
long port_plugin_invoke(uint32_t interruptible, uint32_t handle, uint32_t entry,
			const uint32_t *args, uint32_t nr_args, struct port_answer *answer)
{
	return HYPERVISOR_plugin_op_results(PLUGINOP_invoke | interruptible, handle, entry, args,
					    nr_args, answer);
}

long port_plugin_reply(uint32_t interruptible, uint32_t handle, uint32_t value, int status,
		       struct port_answer *answer)
{
	return HYPERVISOR_plugin_op_results(PLUGINOP_reply | interruptible, handle, value, status,
					    0, answer);
}

long port_plugin_resume(uint32_t interruptible, uint32_t handle, struct port_answer *answer)
{
	return HYPERVISOR_plugin_op_results(PLUGINOP_resume | interruptible, handle, 0, 0, 0,
					    answer);
}

long port_plugin_services(uint32_t handle, const struct plugin_services *services)
{
	return HYPERVISOR_plugin_op(PLUGINOP_services, handle, (uint32_t)services, 0, 0);
}

long port_plugin_grant(uint32_t handle, struct plugin_window *window, const uint32_t *frames)
{
	window->frames = (uint32_t)frames;
	return HYPERVISOR_plugin_op(PLUGINOP_grant, handle, (uint32_t)window, 0, 0);
}

long port_plugin_info(struct plugin_info *info)
{
	info->size = sizeof(*info);
	return HYPERVISOR_plugin_op(PLUGINOP_info, (uint32_t)info, 0, 0, 0);
}

long port_plugin_query(uint32_t handle, struct plugin_query *query)
{
	query->size = sizeof(*query);
	return HYPERVISOR_plugin_op(PLUGINOP_query, handle, (uint32_t)query, 0, 0);
}

/*
 * The lock may be held, and the console may have somebody to wake up, for whom the scheduler may ask
 * a graft, which takes the lock: so the line is printed at the next tick.
 */
void port_warn(const char *line)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	if (__ratelimit(&limit))
		printk_deferred(KERN_WARNING pr_fmt("%s\n"), line);
}

void port_log_line(const char *plugin, const char *line)
{
	pr_info_ratelimited("plugin %s: %s\n", plugin, line);
}

uint64_t port_now(void)
{
	return ktime_get_boottime_ns();
}

void port_random(void *to, size_t size)
{
	get_random_bytes(to, size);
}
