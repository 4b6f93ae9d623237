/* SPDX-License-Identifier: MIT */
/* Passes all datagrams, to measure what a graft costs. */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("packet_noop", "1.0", "passes all datagrams");

static uint32_t seen;

PLUGIN_GRAFT(packet)
{
	(void)window, (void)direction, (void)length, (void)address, (void)port, (void)local_port;
	seen++;
	return PACKET_PASS;
}

/* Returns how many datagrams the graft has seen. */
PLUGIN_ENTRY(count, void)
{
	return seen;
}
