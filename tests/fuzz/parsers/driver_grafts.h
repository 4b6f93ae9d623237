/* SPDX-License-Identifier: MIT */
/* The ioctls of grafts, for driver_fuzz.c: their structures, and what is claimed of them. */
#ifndef FUZZ_DRIVER_GRAFTS_H
#define FUZZ_DRIVER_GRAFTS_H

#include "target.h"

#define GRAFTS_NAME "grafts"
extern const uint8_t grafts[], grafts_end[]; /* grafts.plg, which has that name */

/* Numbers of the ioctls. */
enum {
	ATTACH = 9,
	DETACH,
	POINT,
	GRAFT,
	ASK,
	MAP_CREATE,
	MAP_DELETE,
	MAP_SHOW,
	MAP_GET,
	MAP_SET,
	MAP_REMOVE,
	MAP_WALK,
	MAP_POP,
	COMMANDS
};

/* Fills in all but the head and the names of plugins and entries. */
void grafts_fill(unsigned int command, void *structure, struct input *in);
/* Is something in the structure that must not be passed over? */
bool grafts_wrong(unsigned int command, const void *structure);
/* After success: @given is the structure as the driver read it, @got as it answered. */
void grafts_check(unsigned int command, const void *given, const void *got);

/* How many grafts are listed, each of which is one allocation of the core. */
long grafts_listed(void);
/* How many plugins have a window for their grafts. */
uint32_t grafts_windows(void);
/* Detaches a graft that is attached, if there is one. */
void grafts_detach_one(uint8_t which);
void grafts_load(void);
/*
 * Makes the list of grafts as long as it gets, so that every input finds it so. No plugin may be
 * loaded; after that none is.
 */
void grafts_fill_list(void);
/* With no plugin loaded: nothing is attached. */
void grafts_check_none(void);

#endif /* FUZZ_DRIVER_GRAFTS_H */
