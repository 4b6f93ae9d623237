/* SPDX-License-Identifier: MIT */
/* Leaves each decision about eviction to the kernel: what a graft costs that changes nothing. */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("evict_noop", "1.0", "leaves eviction to the kernel");

PLUGIN_GRAFT(evict)
{
	(void)window, (void)nr, (void)least, (void)active, (void)inactive, (void)group;
	return EVICT_DEFAULT;
}
