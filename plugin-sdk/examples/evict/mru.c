/* SPDX-License-Identifier: MIT */
/*
 * For work that reads the same files again and again, one after the other, and more of them than
 * memory has room for: keeps a part of the pages for good, and drops what was read last.
 *
 * The kernel's active list is what is kept. The inactive list is short: newcomers pass through,
 * and are dropped before they are read again. Now and then the graft probes: it has the kernel
 * offer the oldest pages of the active list. Those that were read since they were kept are kept
 * again. The others belong to work that has ended. When they are dropped the inactive list gets
 * longer, and newcomers are kept.
 *
 * A page must not be probed before the work has come round to it once more. A round of the active
 * list takes eight times as many evictions as it has pages, at the most frequent probes.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

/*
 * The inactive list is between LOW and HIGH 256ths of memory long, but it has room for what the
 * kernel reads ahead, 32 pages, for two readers.
 */
#define LOW	     6u
#define HIGH	     10u
#define LOW_PAGES    64u
#define HIGH_PAGES   96u
#define PROBE_OFTEN  8u /* questions, while probes find pages of ended work */
#define PROBE_SELDOM 32u
#define GROUPS	     8u

PLUGIN("mru", "1.0", "keeps the pages of files that were read first");

static struct group {
	uint32_t dropped; /* pages since its first question */
	uint32_t questions;
	uint32_t probe_each;
} groups[GROUPS];

/* How many pages the inactive list has too many. */
static uint32_t surplus(uint32_t active, uint32_t inactive)
{
	uint32_t most = (active + inactive) * HIGH / 256;

	most = most < HIGH_PAGES ? HIGH_PAGES : most;
	return inactive > most ? inactive - most : 0;
}

/* As the inactive list's share: at least `least`, and so much that the list has about `pages`. */
static uint32_t share_of(uint32_t pages, uint32_t all, uint32_t least)
{
	uint32_t share = pages * 256 / (all + 1) + 1;

	share = share < least ? least : share;
	return share < EVICT_SHARE_MAX ? share : EVICT_SHARE_MAX;
}

/* Is it time to probe? */
static int probes(struct group *group, uint32_t pages, uint32_t stale)
{
	if (group->dropped / 4 < pages)
		return 0;
	if (stale)
		group->probe_each = PROBE_OFTEN;
	if (++group->questions < group->probe_each)
		return 0;
	group->questions = 0;
	group->probe_each = PROBE_SELDOM;
	return 1;
}

PLUGIN_GRAFT(evict)
{
	uint32_t room = surplus(active, inactive + nr), victims = 0, kept = 0, stale = 0, i;
	struct group *now = &groups[group % GROUPS];
	uint8_t keeps[EVICT_CANDIDATES];

	for (i = 0; i < nr; i++) {
		uint32_t flags = window->candidates[i].flags;

		if (flags & EVICT_WAS_ACTIVE ? flags & EVICT_REFERENCED : kept < room) {
			keeps[kept++] = (uint8_t)i;
			continue;
		}
		stale += !!(flags & EVICT_WAS_ACTIVE);
		window->order[victims++] = (uint8_t)i;
	}
	while (victims < least) /* of the pages to keep, those that were read last */
		window->order[victims++] = keeps[--kept];
	memcpy(window->order + victims, keeps, kept);
	now->dropped += victims;
	window->inactive_share = share_of(LOW_PAGES, active + inactive, LOW);
	if (probes(now, active + inactive, stale))
		window->inactive_share = share_of(inactive + nr, active + inactive, LOW);
	return victims;
}
