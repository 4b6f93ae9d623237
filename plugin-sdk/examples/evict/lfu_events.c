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
#include "evict.h"

#define SHARE 26u /* of 256: the length of the inactive list */
#define AGE   4u /* counts are halved when so many times as many pages as memory has were dropped */
#define ONE   16u /* a count of one: what is halved leaves a trace */

PLUGIN("lfu_events", "1.0", "keeps the pages of files that are used most often, by events");
PLUGIN_HEAP(NOTES_BYTES);
PLUGIN_EVENTS(touched);

/* Victims so far, of all cgroups, as an event does not say of which. */
#define CLOCK (groups[0].dropped)

/* The note about the page, whose count is that of now. @age: in pages dropped. */
static struct note *note_of(const struct evict_candidate *candidate, uint32_t age)
{
	struct note *note = find_note(candidate);
	uint32_t ages = (1 + CLOCK) / age - note->when / age;

	note->count = ages < 32 ? note->count >> ages : 0;
	note->when = 1 + CLOCK;
	return note;
}

static void count_events(uint32_t age)
{
	struct touched_event event;

	while (next_touched(&event)) {
		const struct evict_candidate page = { event.device, event.file, event.page, 0 };

		note_of(&page, age)->count += ONE;
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
	uint32_t age = AGE * (active + inactive + nr), counts[EVICT_CANDIDATES], i, j;
	uint32_t victims = (nr + 1) / 2;

	(void)group;
	count_events(age);
	for (i = 0; i < nr; i++) {
		uint32_t mine = note_of(&window->candidates[i], age)->count;

		/* Insert it behind those that were not used more often. */
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
	CLOCK += victims;
	window->inactive_share = SHARE;
	return victims;
}
