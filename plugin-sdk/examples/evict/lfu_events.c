/* SPDX-License-Identifier: MIT */
/*
 * Least frequently used, as lfu.c, with a count of each use of a page. The kernel writes an event when
 * a page is used; the graft reads them when it is asked what to drop. Attach to both points, for the
 * same cgroup, process or all:
 *
 *	plugctl attach touched lfu_events --cgroup CGROUP
 *	plugctl attach evict lfu_events --cgroup CGROUP
 *
 * What lfu.c knows of a page is whether it was used since it was a candidate last, once or a
 * hundred times. Pages that were used once since they were last dropped are dropped first.
 */
#include <ringfence/events.h>
#include "frequency.h"

PLUGIN("lfu_events", "1.0", "keeps the pages of files that are used most often, by events");
PLUGIN_HEAP(NOTES_BYTES);
PLUGIN_EVENTS(touched);

/* Victims so far, of all cgroups, as an event does not say of which. */
#define CLOCK (groups[0].dropped)

static void count_events(uint32_t age)
{
	struct touched_event event;

	while (next_touched(&event)) {
		const struct evict_candidate page = { event.device, event.file, event.page, 0 };

		aged_note(&page, 1 + CLOCK, age)->count += ONE;
	}
}

/* How many events were written; or with 1 how many of them were lost. */
PLUGIN_ENTRY(events, uint32_t lost)
{
	return lost ? (uint32_t)touched_events.lost :
		      touched_events.next / sizeof(struct touched_event);
}

PLUGIN_GRAFT(evict)
{
	uint32_t age = AGE * (active + inactive + nr), counts[EVICT_CANDIDATES], victims, i;

	(void)group;
	count_events(age);
	for (i = 0; i < nr; i++)
		insert_by_count(window, counts, i,
				aged_note(&window->candidates[i], 1 + CLOCK, age)->count);
	victims = victims_by_count(counts, nr, least);
	CLOCK += victims;
	window->inactive_share = SHARE;
	return victims;
}
