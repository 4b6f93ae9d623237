/* SPDX-License-Identifier: MIT */
/*
 * The work that the kernel asks grafts about, and what of it must be right whatever a graft does. A
 * kind of work ends the program (fail()) if a result is wrong.
 */
#ifndef WORK_H
#define WORK_H

#include "device.h"

/* Where a graft works: files, a cgroup, sockets or maps of its own. */
struct seat {
	char plugin[RINGFENCE_NAME_SIZE];
	uint32_t graft;	      /* its id; 0: none was attached */
	uint32_t ended;	      /* of work that calls the plugin itself: the status that was not 0 */
	unsigned int arrived; /* datagrams, of all */
	void *own;	      /* of the kind of work */
};

struct work {
	const char *name;
	void (*open)(struct seat *seat); /* once, before all others */
	/* A plugin was loaded: prepare it, and attach it; if it was stopped meanwhile, seat->graft is 0. */
	void (*begin)(struct seat *seat);
	void (*run)(struct seat *seat, uint32_t seed);
	/* The plugin was unloaded; NULL: there is nothing to do. */
	void (*end)(struct seat *seat);
	bool alone; /* the kernel has room for one such seat */
};

/* The work of that name. */
const struct work *work_named(const char *name);

extern const struct work walks, list, search, filter, cache, turns, words, books;

/* The next number of a series that the seed begins. */
static inline uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

#endif /* WORK_H */
