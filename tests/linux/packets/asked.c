/* SPDX-License-Identifier: MIT */
/*
 * A plugin that processes and softirqs call as often as they can: grafts for two points, and an entry
 * that runs for a while. Answers datagrams that begin with '?', and passes others.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("asked", "1.0", "is asked by processes and softirqs at once: spin ROUNDS, entered");

static volatile uint32_t inside; /* is a call under way? */
static uint32_t overlaps;	 /* calls that began while another was under way */

static void enter(void)
{
	overlaps += inside;
	inside = 1;
}

static uint32_t leave(uint32_t value)
{
	inside = 0;
	return value;
}

PLUGIN_GRAFT(packet)
{
	uint32_t i;

	(void)address, (void)port, (void)local_port;
	enter();
	if (direction == PACKET_OUT || !length || length > PACKET_BYTES ||
	    window->payload[0] != '?')
		return leave(PACKET_PASS);
	for (i = 0; i < length; i++)
		window->reply[i] = window->payload[i];
	window->reply[0] = '!';
	return leave(PACKET_REPLY(length));
}

PLUGIN_GRAFT(trial)
{
	(void)window, (void)limit, (void)a, (void)b;
	enter();
	return leave(round);
}

PLUGIN_ENTRY(spin, uint32_t rounds)
{
	volatile uint32_t i;

	enter();
	for (i = 0; i < rounds; i++)
		;
	return leave(rounds);
}

/* Returns how many calls began while another call of the plugin was under way. */
PLUGIN_ENTRY(overlapping, void)
{
	return overlaps;
}
