/* SPDX-License-Identifier: MIT */
/* Leaves each decision of the scheduler to the kernel: what a graft costs that changes nothing. */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("sched_noop", "1.0", "leaves scheduling to the kernel");

PLUGIN_GRAFT(sched)
{
	(void)window, (void)reason, (void)nr, (void)running, (void)owed_us;
	return SCHED_DEFAULT;
}
