// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kills by the clock. The timer's interrupt comes while the plugin runs, on top
 * of the hypercall that runs it.
 */
#include "core/registry.h"
#include "deadline.h"

static enum hrtimer_restart strike(struct hrtimer *timer)
{
	core_kill_call(container_of(timer, struct deadline, timer)->id);
	return HRTIMER_NORESTART;
}

void deadline_set(struct deadline *deadline, u32 id, u32 us)
{
	deadline->id = id;
	hrtimer_init_on_stack(&deadline->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	deadline->timer.function = strike;
	hrtimer_start(&deadline->timer, ns_to_ktime((u64)us * NSEC_PER_USEC),
		      HRTIMER_MODE_REL_HARD);
}

void deadline_cancel(struct deadline *deadline)
{
	hrtimer_cancel(&deadline->timer);
	destroy_hrtimer_on_stack(&deadline->timer);
}
