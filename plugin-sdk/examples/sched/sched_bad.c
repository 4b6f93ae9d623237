/* SPDX-License-Identifier: MIT */
/*
 * Fails at scheduling in the way that `choose` was called with. The kernel must refuse each answer or
 * stop the plugin, and must then schedule as it does without a graft; but for the last three ways,
 * which are answers as bad as the kernel takes. Variant 0, the first one, leaves the decision to the kernel.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("sched_bad", "1.0", "fails at scheduling: choose VARIANT (0-11)");

enum variant {
	GOOD,
	FAULT,
	LOOP,
	NO_CANDIDATE,
	GARBAGE,
	FORBIDDEN,  /* unless `random` is allowed, which is not so by default */
	OVERWRITES, /* the candidates and the rest of the window, up to where a fault stops it */
	RECURSES,   /* until its stack is full */
	STARVES,    /* all tasks but the one that runs */
	FORGES,	    /* other candidates than those that were offered, and the kernel's choice */
	LAST,	    /* the task that has had most, until the kernel wants another one to run */
	KEEPS,	    /* the task that runs, at each wake-up */
	VARIANTS
};

static volatile uint32_t variant;
static uint64_t first_passed, last_asked; /* ns since boot */

/* Chooses how the graft fails from now on. Returns 1, or 0 if there is no such variant. */
PLUGIN_ENTRY(choose, uint32_t number)
{
	if (number >= VARIANTS)
		return 0;
	variant = number;
	return 1;
}

/* How long STARVES could pass over tasks, in microseconds. */
PLUGIN_ENTRY(starved_us, void)
{
	return (uint32_t)((last_asked - first_passed) >> 10) * 1024 / 1000;
}

static __attribute__((noinline)) uint32_t recurse(uint32_t depth)
{
	volatile uint32_t frame[64];

	frame[depth % 64] = depth;
	return variant == RECURSES ? recurse(depth + 1) + frame[depth % 64] : depth;
}

static uint32_t starve(const struct sched_window *window, uint32_t nr, uint32_t owed_us)
{
	uint32_t i;

	plugin_service_now(&last_asked);
	for (i = 0; i < nr; i++)
		if (window->candidates[i].flags & SCHED_RUNS)
			break;
	if (i == nr)
		return SCHED_DEFAULT;
	if (!i && !owed_us)
		first_passed = 0;
	else if (i && !first_passed)
		first_passed = last_asked;
	return i;
}

PLUGIN_GRAFT(sched)
{
	volatile uint8_t *at = (volatile uint8_t *)window;
	uint32_t byte = 0;

	(void)running;
	switch (variant) {
	case FAULT:
		*(volatile uint32_t *)(uintptr_t)(4 + variant - FAULT) = 1;
		break;
	case LOOP:
		while (variant == LOOP)
			;
		break;
	case NO_CANDIDATE:
		return nr;
	case GARBAGE:
		return 0xdeadbeef;
	case FORBIDDEN:
		plugin_service_random(&byte, sizeof(byte));
		break;
	case OVERWRITES:
		while (variant == OVERWRITES)
			*at++ = 0xff;
		break;
	case RECURSES:
		return recurse(0);
	case STARVES:
		return reason == SCHED_PICK ? starve(window, nr, owed_us) : SCHED_DEFAULT;
	case FORGES:
		memset(window->candidates, 0xff, sizeof(window->candidates));
		return 0;
	case LAST:
		return owed_us > SCHED_OWED_US ? 0 : nr - 1;
	case KEEPS:
		if (reason == SCHED_WAKE)
			return window->candidates[0].flags & SCHED_RUNS ? 0 : 1;
		break;
	}
	return SCHED_DEFAULT;
}
