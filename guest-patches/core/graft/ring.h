/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rings of events, of points of CORE_EVENT_RING: windows that a plugin reads and the kernel writes.
 *
 * A plugin has a ring for each such point that it was ever attached to, whatever the scopes of its
 * grafts, until it is destroyed. The port writes an event to the ring of each graft that fits, in any
 * context and without the lock, and tells nobody. <ringfence/events.h> of the SDK reads events.
 *
 * The writer takes a number, writes the event, and writes the number last. An interrupt that comes
 * in between may write events, too: it takes later numbers. A reader that such an interrupt asks
 * finds the number missing, and stops there. A reader that comes too late finds numbers that are too
 * high, and knows from event_ring.next how many events it has lost, also while it copies one.
 */
#ifndef CORE_RING_H
#define CORE_RING_H

#include "graft/point.h"
#include <ringfence/point_list.h>

/* Take the number of the next event, which has so many bytes. */
static inline uint32_t core_event_begin(struct event_ring *ring, uint32_t bytes)
{
	return port_count_up(&ring->next, bytes);
}

/* The event has been written, but for its number at @at. */
static inline void core_event_end(uint32_t *at, uint32_t number)
{
	__atomic_store_n(at, number, __ATOMIC_RELEASE);
}

#endif /* CORE_RING_H */
