/* SPDX-License-Identifier: MIT */
/*
 * S3-FIFO ("FIFO Queues are All You Need for Cache Eviction", SOSP 2023), with the kernel's lists:
 * the inactive list is the small queue, a tenth of memory; the active list is the main queue. A
 * page that is read once while it is in the small queue is dropped at its end, and noted as a
 * ghost. If it is read again while it is a ghost, it gets into the main queue at its end. So
 * does, by the kernel itself, a page that is read twice in the small queue. A page at the end
 * of the main queue gets to its front again if it was read since it was there last.
 */
#include "evict.h"

#define SMALL 26u /* of 256 */

PLUGIN("s3fifo", "1.0", "keeps pages that come back soon, by S3-FIFO");
PLUGIN_HEAP(NOTES_BYTES);

/* Has the page been dropped lately? Notes that it is dropped now. */
static int is_ghost(const struct evict_candidate *candidate, uint32_t now, uint32_t pages)
{
	struct note *note = find_note(candidate);
	int was = note->when && now - note->when < pages;

	note->when = now;
	return was;
}

PLUGIN_GRAFT(evict)
{
	struct answer answer = begin_answer(window, nr);
	struct group *now = &groups[group % GROUPS];
	uint32_t i;

	for (i = 0; i < nr; i++) {
		const struct evict_candidate *candidate = &window->candidates[i];
		int keeps;

		if (candidate->flags & EVICT_WAS_ACTIVE)
			keeps = candidate->flags & EVICT_REFERENCED;
		else
			keeps = is_ghost(candidate, 1 + now->dropped, active + inactive);
		if (keeps)
			keep(&answer, i);
		else
			drop(&answer, i);
	}
	window->inactive_share = SMALL;
	return end_answer(&answer, now, least);
}
