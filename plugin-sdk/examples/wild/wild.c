/* SPDX-License-Identifier: MIT */
/*
 * Writes to places where a plugin must not write; the argument chooses the place. The
 * monitor must end each call with a fault, and nothing outside the plugin may change.
 * Returns 0xbad only if the write succeeded, and 0 for an unknown place.
 */
#include <ringfence/plugin.h>

PLUGIN("wild", "1.0", "writes outside of its segment: main VARIANT (0-8)");

#define BAD 0xbad

static const uint32_t constant = 1;
static volatile uint32_t variable = 1;

/* Hides from the compiler where the pointer points; otherwise GCC may drop the write. */
static volatile uint32_t *at(uint32_t address)
{
	__asm__ volatile("" : "+r"(address));
	return (volatile uint32_t *)address;
}

static void past_limit(void)
{
	uint32_t on_stack;
	uint32_t next;

	/* The stack ends at the data limit: the first write is to the byte behind the limit. */
	for (next = ((uint32_t)&on_stack | 0xfff) + 1;; next += 0x1000)
		*at(next) = BAD;
}

PLUGIN_ENTRY(main, uint32_t variant)
{
	switch (variant) {
	case 0: /* the first byte past the data limit */
		past_limit();
		break;
	case 1: /* the guest kernel, if the segment were flat */
		*at(0xc0100000) = BAD;
		break;
	case 2: /* just below the segment: a negative offset */
		*at(-4u) = BAD;
		break;
	case 3: /* its own text */
		*at((uint32_t)main) = BAD;
		break;
	case 4: /* the page at 0 */
		*at(0) = BAD;
		break;
	case 5: /* the guard between data and stack */
		*at(((uint32_t)plugin_heap + 0xfff) & ~0xfffu) = BAD;
		break;
	case 6: /* its own read-only data */
		*at((uint32_t)&constant) = BAD;
		break;
	case 7: /* the monitor, if the segment were flat */
		*at(0xfc000000) = BAD;
		break;
	case 8: /* execute data: a ret instruction */
		variable = 0xc3;
		((void (*)(void))at((uint32_t)&variable))();
		break;
	default:
		return 0;
	}
	return BAD;
}
