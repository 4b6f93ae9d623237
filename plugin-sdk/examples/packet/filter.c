/* SPDX-License-Identifier: MIT */
/*
 * Lets a UDP socket have only datagrams that one of its rules passes. A rule is of the length, the
 * sender's port and the first four bytes of the payload:
 *
 *	plugctl call filter pass 1 1472 1024 65535 0x67657420 0xffffffff
 *	plugctl attach packet filter --udp 11211
 *
 * passes datagrams of 1 to 1472 bytes from ports above 1023 that begin with "get ". Rules can be
 * added while the filter is attached. Without a rule the filter passes nothing. It passes what the
 * socket sends.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("filter", "1.0", "filters datagrams: pass LEAST MOST PORT PORT WORD MASK; clear");

#define RULES_MAX 32u

struct rule {
	uint32_t least, most; /* bytes of the payload */
	uint32_t port, last_port;
	uint32_t word, mask; /* of the first four bytes, the first of which is the highest */
};

static struct rule rules[RULES_MAX];
static uint32_t nr_rules;

/* Adds a rule. Returns the number of rules, or 0 if there are too many. */
PLUGIN_ENTRY(pass, uint32_t least, uint32_t most, uint32_t port, uint32_t last_port, uint32_t word,
	     uint32_t mask)
{
	if (nr_rules == RULES_MAX)
		return 0;
	rules[nr_rules] = (struct rule){ least, most, port, last_port, word & mask, mask };
	return ++nr_rules;
}

PLUGIN_ENTRY(clear, void)
{
	nr_rules = 0;
	return 0;
}

/* A datagram that is shorter than four bytes fits only rules whose mask is 0. */
static int fits(const struct rule *rule, const uint8_t *payload, uint32_t length, uint32_t port)
{
	uint32_t word;

	if (length < rule->least || length > rule->most || port < rule->port ||
	    port > rule->last_port)
		return 0;
	if (!rule->mask)
		return 1;
	if (length < 4)
		return 0;
	word = (uint32_t)payload[0] << 24 | payload[1] << 16 | payload[2] << 8 | payload[3];
	return (word & rule->mask) == rule->word;
}

PLUGIN_GRAFT(packet)
{
	uint32_t i;

	(void)address, (void)local_port;
	if (direction == PACKET_OUT)
		return PACKET_PASS;
	for (i = 0; i < nr_rules; i++)
		if (fits(&rules[i], window->payload, length, port))
			return PACKET_PASS;
	return PACKET_DROP;
}
