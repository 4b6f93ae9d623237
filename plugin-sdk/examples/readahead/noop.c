/* SPDX-License-Identifier: MIT */
/*
 * Leaves each decision about read-ahead to the kernel: what a graft costs that changes nothing. The
 * entry `misses` returns how often the graft was asked because a page was missed, since the load.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("noop", "1.0", "leaves read-ahead to the kernel");

static uint32_t nr_misses;

PLUGIN_ENTRY(misses, void)
{
	return nr_misses;
}

PLUGIN_GRAFT(readahead)
{
	(void)window, (void)page, (void)nr, (void)file_pages, (void)file;
	nr_misses += reason == READAHEAD_MISSED;
	return READAHEAD_DEFAULT;
}
