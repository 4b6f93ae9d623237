/* SPDX-License-Identifier: MIT */
/*
 * Least frequently used, for lookups in an index or a database: keeps the pages that were read most
 * often, lately.
 *
 * A page counts each time that it is a candidate and was read since it was one last: in memory, or
 * from the disk after it was dropped. Counts are noted also of pages that are not in memory, and
 * halved each time that AGE times as many pages as memory has were dropped. Of the candidates, the
 * half with the higher counts is kept, but for pages that were read once: so the inactive list gets
 * shorter, the kernel offers as many pages of the active list, and these compete with newcomers.
 */
#include "evict.h"

#define SHARE 26u /* of 256: the length of the inactive list */
#define AGE   4u
#define ONE   16u /* a count of one: what is halved leaves a trace */

PLUGIN("lfu", "1.0", "keeps the pages of files that are read most often");
PLUGIN_HEAP(NOTES_BYTES);

/* How often the page was read, with this time. */
static uint32_t count(const struct evict_candidate *candidate, uint32_t now, uint32_t pages)
{
	struct note *note = find_note(candidate);
	uint32_t ages = now / (AGE * pages) - note->when / (AGE * pages);

	note->count = ages < 32 ? note->count >> ages : 0;
	note->when = now;
	if (candidate->flags & EVICT_REFERENCED)
		note->count += ONE;
	return note->count;
}

PLUGIN_GRAFT(evict)
{
	uint32_t pages = active + inactive + nr, counts[EVICT_CANDIDATES], i, j;
	struct group *now = &groups[group % GROUPS];
	uint32_t victims = (nr + 1) / 2;

	for (i = 0; i < nr; i++) {
		uint32_t mine = count(&window->candidates[i], 1 + now->dropped, pages);

		/* Insert it behind those that were not read more often. */
		for (j = i; j && counts[j - 1] > mine; j--) {
			counts[j] = counts[j - 1];
			window->order[j] = window->order[j - 1];
		}
		counts[j] = mine;
		window->order[j] = (uint8_t)i;
	}
	while (victims < nr && counts[victims] <= ONE)
		victims++;
	if (victims < least)
		victims = least;
	now->dropped += victims;
	window->inactive_share = SHARE;
	return victims;
}
