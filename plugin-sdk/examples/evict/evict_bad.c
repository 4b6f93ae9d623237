/* SPDX-License-Identifier: MIT */
/*
 * Fails at eviction in the way that `choose` was called with. The kernel must refuse each answer or
 * stop the plugin, and must then drop pages as it does without a graft; but for the last two ways,
 * which are answers as bad as the kernel takes. Variant 0, the first one, leaves the decision to
 * the kernel.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("evict_bad", "1.0", "fails at eviction: choose VARIANT (0-12)");

enum variant {
	GOOD,
	FAULT,
	LOOP,
	TWICE,
	NO_CANDIDATE,
	KEEPS_ALL,
	TOO_MANY,
	LONG_SHARE,
	FORBIDDEN, /* unless `random` is allowed, which is not so by default */
	GARBAGE,
	LEAVES_ORDER, /* as it is in the window: for the first question zeros, a candidate twice */
	FORGES,	      /* other candidates than those that were offered */
	KEEPS_MOST,   /* as much as it may, and drops what the kernel would drop last */
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

/* The order of the kernel, or the opposite one. */
static void order(struct evict_window *window, uint32_t nr, int opposite)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		window->order[i] = (uint8_t)(opposite ? nr - 1 - i : i);
	window->inactive_share = 0;
}

PLUGIN_GRAFT(evict)
{
	uint32_t byte = 0;

	(void)active, (void)inactive, (void)group;
	if (variant != LEAVES_ORDER)
		order(window, nr, variant == KEEPS_MOST);
	switch (variant) {
	case FAULT:
		*(volatile uint32_t *)(uintptr_t)(4 + variant - FAULT) = 1;
		return 0;
	case LOOP:
		while (variant == LOOP)
			;
		return 0;
	case TWICE: /* of one candidate, the kernel takes the order: it is the only one */
		window->order[nr - 1] = 0;
		return nr;
	case NO_CANDIDATE:
		window->order[nr / 2] = (uint8_t)nr;
		return nr;
	case KEEPS_ALL:
		return 0;
	case TOO_MANY:
		return nr + 1;
	case LONG_SHARE:
		window->inactive_share = EVICT_SHARE_MAX + 1;
		return nr;
	case FORBIDDEN:
		plugin_service_random(&byte, sizeof(byte));
		return nr;
	case GARBAGE:
		return 0xdeadbeef;
	case LEAVES_ORDER:
		return nr;
	case FORGES:
		memset(window->candidates, 0xff, sizeof(window->candidates));
		return nr;
	case KEEPS_MOST:
		window->inactive_share = 1;
		return least;
	}
	return EVICT_DEFAULT;
}
