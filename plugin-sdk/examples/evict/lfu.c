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
#include "frequency.h"

PLUGIN("lfu", "1.0", "keeps the pages of files that are read most often");
PLUGIN_HEAP(NOTES_BYTES);

/* How often the page was read, with this time. */
static uint32_t count(const struct evict_candidate *candidate, uint32_t now, uint32_t pages)
{
	struct note *note = aged_note(candidate, now, AGE * pages);

	if (candidate->flags & EVICT_REFERENCED)
		note->count += ONE;
	return note->count;
}

PLUGIN_GRAFT(evict)
{
	uint32_t pages = active + inactive + nr, counts[EVICT_CANDIDATES], victims, i;
	struct group *now = &groups[group % GROUPS];

	for (i = 0; i < nr; i++)
		insert_by_count(window, counts, i,
				count(&window->candidates[i], 1 + now->dropped, pages));
	victims = victims_by_count(counts, nr, least);
	now->dropped += victims;
	window->inactive_share = SHARE;
	return victims;
}
