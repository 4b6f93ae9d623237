/* SPDX-License-Identifier: MIT */
/*
 * Fails at streams in the way that `choose` was called with, from the question on whose number it was
 * given, from 0: the one about the open file is the first. Before that it turns each byte over, which
 * keeps lengths, or changes them with `choose VARIANT FIRST 2`. The kernel must refuse each bad answer or
 * stop the plugin. Variant 0 does not fail.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("stream_bad", "1.0", "fails at streams: choose VARIANT (0-17) FIRST KIND");

enum variant {
	GOOD,
	FAULT,
	LOOP,
	NO_ANSWER,    /* neither a plan nor a number of bytes */
	LONG_ANSWER,  /* by one byte */
	SHORT_ANSWER, /* by one byte, of a filter that keeps lengths */
	IDLE,	      /* takes nothing and gives nothing */
	GREEDY,	      /* takes one byte more than there is */
	ENDLESS,      /* gives bytes and takes none */
	FORBIDDEN,    /* unless `random` is allowed, which is not so by default */
	OVERWRITES,   /* the whole window, up to where a fault stops it */
	RECURSES,     /* until the stack is full */
	HOARDS,	      /* fills a map, and then faults */
	LOCKS,	      /* an entry of a map, and then does not return */
	BAD_UNIT,     /* a plan with units of no byte */
	BIG_UNIT,     /* a plan with units of a byte more than there can be */
	BAD_HEAD,     /* a plan with a head, of a file that is open to write */
	CORRUPT,      /* says so of good bytes, which is no failure */
	VARIANTS
};

static volatile uint32_t variant;
static uint32_t first, kind = STREAM_KEEPS, asked, map;

/* Chooses how the graft fails from now on. Returns 1, or 0 if there is no such variant. */
PLUGIN_ENTRY(choose, uint32_t number, uint32_t from, uint32_t how)
{
	if (number >= VARIANTS)
		return 0;
	variant = number;
	first = from;
	kind = how ? how : STREAM_KEEPS;
	asked = 0;
	return 1;
}

static uint32_t turn_over(struct stream_window *window, uint32_t request, uint32_t length)
{
	uint32_t i;

	if (request == STREAM_OPEN)
		return kind;
	for (i = 0; i < length; i++)
		window->out[i] = ~window->in[i];
	window->taken = length;
	return length;
}

/* The depth is used after the call, so that each has a frame. */
static uint32_t recurse(volatile uint32_t depth)
{
	return depth ? recurse(depth + 1) + depth : 0;
}

static uint32_t hoard(void)
{
	uint32_t key, value = 1;

	plugin_map_open("hoard", PLUGIN_MAP_HASH, 4, 4, &map);
	for (key = 0; !plugin_service_map_set(map, &key, &value); key++)
		;
	*(volatile uint32_t *)(uintptr_t)(4 + variant - HOARDS) = key;
	return key;
}

static void lock_for_ever(void)
{
	uint32_t key = 0;

	plugin_map_open("hoard", PLUGIN_MAP_HASH, 4, 4, &map);
	plugin_service_map_lock(map, &key);
	while (variant == LOCKS)
		;
}

PLUGIN_GRAFT(stream)
{
	volatile uint8_t *at = window->in;
	uint32_t byte = 0;

	(void)flags, (void)stream, (void)file;
	if (asked++ < first)
		return turn_over(window, request, length);
	switch (variant) {
	case FAULT:
		*(volatile uint32_t *)(uintptr_t)(4 + variant - FAULT) = 1;
		break;
	case LOOP:
		while (variant == LOOP)
			;
		break;
	case NO_ANSWER:
		return 0xdeadbeef;
	case LONG_ANSWER:
		window->taken = length;
		return STREAM_BYTES + 1;
	case SHORT_ANSWER:
		return length - 1;
	case IDLE:
		return 0;
	case GREEDY:
		window->taken = length + 1;
		return length;
	case ENDLESS:
		return length ? length : 1;
	case FORBIDDEN:
		plugin_service_random(&byte, sizeof(byte));
		break;
	case OVERWRITES:
		while (variant == OVERWRITES)
			*at++ = 0xff;
		break;
	case RECURSES:
		return recurse(1);
	case HOARDS:
		return hoard();
	case LOCKS:
		lock_for_ever();
		break;
	case BAD_UNIT:
		window->unit = 0;
		return STREAM_KEEPS;
	case BIG_UNIT:
		window->unit = STREAM_UNIT_MAX + 1;
		return STREAM_KEEPS;
	case BAD_HEAD:
		window->head = 1;
		return STREAM_KEEPS;
	case CORRUPT:
		return STREAM_CORRUPT;
	}
	return turn_over(window, request, length);
}
