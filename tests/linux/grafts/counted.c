/* SPDX-License-Identifier: MIT */
/*
 * A read-ahead policy, the source file POLICY, that also counts the misses for which the kernel
 * asks its graft. The count depends on the order of the reads, not on how long the disk takes.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

/* In POLICY, PLUGIN_GRAFT(readahead) begins the function policy_readahead(). */
#undef PLUGIN_GRAFT
#define PLUGIN_GRAFT(point)             \
	static uint32_t policy_##point( \
		struct point##_window *window POINT_ARGS_##point(PLUGIN_GRAFT_PARAM))
#include POLICY

static uint32_t nr_counted;

PLUGIN_ENTRY(counted_misses, void)
{
	return nr_counted;
}

PLUGIN_ENTRY_WITH(PLUGIN_POINT_readahead, readahead,
		  struct readahead_window *window POINT_ARGS_readahead(PLUGIN_GRAFT_PARAM))
{
	if (reason == READAHEAD_MISSED)
		nr_counted++;
	return policy_readahead(window, page, nr, file_pages, file, reason);
}
