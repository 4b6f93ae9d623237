/* SPDX-License-Identifier: MIT */
/* Entries of each kind, for tests of core/graft: grafts, a ring of events, a plain one. */
#include <ringfence/events.h>
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("grafts", "1.0", "grafts for four points");

PLUGIN_WINDOW_BYTES(4096); /* for a call with a window, beside the page for grafts */

static uint32_t calls = 1; /* data, which services can write to */

/* Takes some time if a process says so by b. */
PLUGIN_GRAFT(trial)
{
	volatile uint32_t left;

	for (left = b; left; left--)
		;
	window->words[0] = a + b + calls++;
	return round % limit;
}

PLUGIN_GRAFT(readahead)
{
	window->ranges[0] = (struct readahead_range){ page + nr, file, reason };
	return page + nr < file_pages;
}

/* Drops what begins with 'd', and echoes what is shorter than 10 bytes. */
PLUGIN_GRAFT(packet)
{
	(void)address, (void)port, (void)local_port;
	if (direction == PACKET_OUT || !length || length >= 10)
		return PACKET_PASS;
	memcpy(window->reply, window->payload, length);
	return window->payload[0] == 'd' ? PACKET_DROP : PACKET_REPLY(length);
}

PLUGIN_EVENTS(touched);

/* How many events there are that were not read yet, and that were lost. */
PLUGIN_ENTRY(events, uint32_t lost)
{
	struct touched_event event;
	uint32_t nr = 0;

	if (lost)
		return (uint32_t)touched_events.lost;
	while (next_touched(&event))
		nr++;
	return nr;
}

/* Writes to the ring, which it cannot. */
PLUGIN_ENTRY(scribble, void)
{
	((struct event_ring *)(uintptr_t)touched_events.ring)->next = 7;
	return 0;
}

PLUGIN_ENTRY(plain, uint32_t a)
{
	return a;
}
