/* SPDX-License-Identifier: MIT */
/* Reads a ring of events, see <ringfence/events.h>, which plugins include. */
#ifndef RINGFENCE_EVENT_READER_H
#define RINGFENCE_EVENT_READER_H

#include <ringfence/point_list.h>

/* How far a plugin has read a ring. */
struct plugin_events {
	const struct event_ring *ring; /* NULL: never attached */
	uint32_t next;		       /* number of the next event to read */
	uint64_t lost;		       /* events that were overwritten before they were read */
};

#define PLUGIN_EVENTS_NOW(word) (*(const volatile uint32_t *)&(word))

/* The graft is attached: read events from now on, or go on after a detach. */
static inline void plugin_events_begin(struct plugin_events *events, const struct event_ring *ring)
{
	if (!events->ring)
		events->next = PLUGIN_EVENTS_NOW(ring->next);
	events->ring = ring;
}

/* Pass over events that were overwritten. Returns whether there is one that was not read. */
static inline int plugin_events_left(struct plugin_events *events, uint32_t event, uint32_t all)
{
	uint32_t left;

	if (!events->ring)
		return 0;
	left = PLUGIN_EVENTS_NOW(events->ring->next) - events->next;
	if (left > all) {
		events->lost += (left - all) / event;
		events->next += left - all;
	}
	return left != 0;
}

/*
 * Copy the next event to @to. @event: its bytes, of which the first four are its number; @all: those of
 * all events in the ring. Returns 0 if there is none: all have been read, or the kernel is about to
 * write the next one. An interrupt may write events meanwhile, so an event that may have been
 * overwritten while it was copied is lost.
 */
static inline int plugin_events_next(struct plugin_events *events, uint32_t event, uint32_t all,
				     uint32_t *to)
{
	const uint32_t *from;
	int written;
	uint32_t i;

	while (plugin_events_left(events, event, all)) {
		from = (const uint32_t *)((const uint8_t *)(events->ring + 1) + events->next % all);
		written = PLUGIN_EVENTS_NOW(from[0]) == events->next;
		for (i = 0; i < event / 4; i++)
			to[i] = PLUGIN_EVENTS_NOW(from[i]);
		if (PLUGIN_EVENTS_NOW(events->ring->next) - events->next > all)
			continue;
		if (written)
			events->next += event;
		return written;
	}
	return 0;
}

#endif /* RINGFENCE_EVENT_READER_H */
