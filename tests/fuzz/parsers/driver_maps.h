/* SPDX-License-Identifier: MIT */
/* The ioctls of maps, for driver_fuzz.c: their structures, and what is claimed of them. */
#ifndef FUZZ_DRIVER_MAPS_H
#define FUZZ_DRIVER_MAPS_H

#include "driver_grafts.h"

#define IS_OF_MAP(command) ((command) >= MAP_CREATE)

/* The structure's size and whether the ioctl needs privilege. */
size_t maps_size(unsigned int command);
bool maps_need_privilege(unsigned int command);
/* Fills in all but the head. */
void maps_fill(unsigned int command, void *structure, struct input *in);
/* Is something in the structure that must not be passed over? */
bool maps_wrong(unsigned int command, const void *structure);
/* After success: @given is the structure as the driver read it, @got as it answered. */
void maps_check(unsigned int command, const void *given, const void *got);
/* How many maps there are, each of which is one allocation of the core. */
long maps_listed(void);
void maps_delete(void);

#endif /* FUZZ_DRIVER_MAPS_H */
