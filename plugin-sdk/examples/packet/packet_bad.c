/* SPDX-License-Identifier: MIT */
/*
 * Fails at datagrams in the way that `choose` was called with. The kernel must refuse each answer or
 * stop the plugin, and the socket must get each datagram as without a graft. Variant 0, the first
 * one, passes all.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("packet_bad", "1.0", "fails at datagrams: choose VARIANT (0-8)");

enum variant {
	GOOD,
	FAULT,
	LOOP,
	LONG_REPLY, /* by one byte */
	LONGEST_REPLY,
	NO_ANSWER,
	FORBIDDEN,  /* unless `random` is allowed, which is not so by default */
	OVERWRITES, /* the question and the rest of the window, up to where a fault stops it */
	OUT_REPLY,  /* to a datagram that the socket sends; passes those that arrive */
	VARIANTS
};

static volatile uint32_t variant;

/* Chooses how the graft fails from now on. Returns 1, or 0 if there is no such variant. */
PLUGIN_ENTRY(choose, uint32_t number)
{
	if (number >= VARIANTS)
		return 0;
	variant = number;
	return 1;
}

PLUGIN_GRAFT(packet)
{
	volatile uint8_t *at = window->payload;
	uint32_t byte = 0;

	(void)length, (void)address, (void)port, (void)local_port;
	switch (variant) {
	case FAULT:
		*(volatile uint32_t *)(uintptr_t)(4 + variant - FAULT) = 1;
		break;
	case LOOP:
		while (variant == LOOP)
			;
		break;
	case LONG_REPLY:
		return PACKET_REPLY(PACKET_BYTES + 1);
	case LONGEST_REPLY:
		return PACKET_REPLY(0xffff);
	case NO_ANSWER:
		return 0xdeadbeef;
	case FORBIDDEN:
		plugin_service_random(&byte, sizeof(byte));
		break;
	case OVERWRITES:
		while (variant == OVERWRITES)
			*at++ = 0xff;
		break;
	case OUT_REPLY:
		return direction == PACKET_OUT ? PACKET_REPLY(1) : PACKET_PASS;
	}
	return PACKET_PASS;
}
