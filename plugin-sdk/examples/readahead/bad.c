/* SPDX-License-Identifier: MIT */
/*
 * Fails at read-ahead in the way that `choose` was called with. The kernel must refuse each answer
 * or stop the plugin, and must then read what it reads without a graft. Variant 0, the first one,
 * leaves the decision to the kernel.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("bad", "1.0", "fails at read-ahead: choose VARIANT (0-10)");

enum variant {
	GOOD,
	FAULT,
	LOOP,
	BEHIND_FILE,
	TOO_MANY_PAGES, /* of a file with at least nine pages */
	TOO_MANY_RANGES,
	OVERFLOW, /* first + nr is 1 in 32 bits */
	EMPTY_RANGE,
	FORBIDDEN, /* unless `random` is allowed, which is not so by default */
	GARBAGE,
	MARK_OUTSIDE,
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

/* Plans one range; returns the number of ranges. */
static uint32_t plan(struct readahead_window *window, uint32_t first, uint32_t nr, uint32_t mark)
{
	window->ranges[0].first = first;
	window->ranges[0].nr = nr;
	window->ranges[0].mark = mark;
	return 1;
}

/* Plans READAHEAD_RANGES times the first pages of the file. */
static uint32_t plan_too_many_pages(struct readahead_window *window, uint32_t file_pages)
{
	uint32_t i;

	for (i = 0; i < READAHEAD_RANGES; i++) {
		window->ranges[i].first = 0;
		window->ranges[i].nr = file_pages < READAHEAD_PAGES ? file_pages : READAHEAD_PAGES;
		window->ranges[i].mark = READAHEAD_NO_MARK;
	}
	return READAHEAD_RANGES;
}

PLUGIN_GRAFT(readahead)
{
	uint32_t byte = 0;

	(void)page, (void)nr, (void)file, (void)reason;
	switch (variant) {
	case FAULT:
		*(volatile uint32_t *)(uintptr_t)(4 + variant - FAULT) = 1;
		return 0;
	case LOOP:
		while (variant == LOOP)
			;
		return 0;
	case BEHIND_FILE:
		return plan(window, file_pages - 1, 2, READAHEAD_NO_MARK);
	case TOO_MANY_PAGES:
		return plan_too_many_pages(window, file_pages);
	case TOO_MANY_RANGES:
		return READAHEAD_RANGES + 1;
	case OVERFLOW:
		return plan(window, 0xffffffff, 2, READAHEAD_NO_MARK);
	case EMPTY_RANGE:
		return plan(window, 0, 0, READAHEAD_NO_MARK);
	case FORBIDDEN:
		plugin_service_random(&byte, sizeof(byte));
		return 0;
	case GARBAGE:
		return 0xdeadbeef;
	case MARK_OUTSIDE:
		return plan(window, 0, 1, 1);
	}
	return READAHEAD_DEFAULT;
}
