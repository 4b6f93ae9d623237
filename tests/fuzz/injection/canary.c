// SPDX-License-Identifier: MIT
/* A plugin that no fault is injected into: its memory stays what it was, whatever others do. */
#include <ringfence/plugin.h>

PLUGIN("canary", "1.0", "has memory that nobody else may change");
PLUGIN_HEAP(64 << 10);

#define WORDS ((64u << 10) / 4)

static uint32_t filled;

/* The first call of check() fills the heap; each later call returns how many words of it are wrong. */
PLUGIN_ENTRY(check, void)
{
	uint32_t *words = (uint32_t *)plugin_heap, wrong = 0, i;

	for (i = 0; i < WORDS; i++) {
		if (!filled)
			words[i] = i * 2654435761u;
		wrong += words[i] != i * 2654435761u;
	}
	filled = 1;
	return wrong;
}
