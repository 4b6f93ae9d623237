/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all maps are, for an audit: a call that did not end well leaves them as they were before it.
 * The lock is held for all functions.
 */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <core_port.h>

struct core_maps_state {
	uint32_t hash;	  /* of all that is committed: maps, keys, values, records */
	uint64_t changes; /* core_map_changes */
};

/* Committed changes since boot, by calls and processes, and maps created and deleted. */
extern uint64_t core_map_changes;

struct core_maps_state core_maps_state(void);
/*
 * Look for what an end of a call may have left: a lock, version or promise of no call that is under
 * way, an item that stands for nothing, a counter that is wrong. NULL, or a sentence about the first.
 */
const char *core_maps_fault(void);

#endif /* CORE_STATE_H */
