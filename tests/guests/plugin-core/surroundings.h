/* SPDX-License-Identifier: MIT */
/* Counts of what the core has taken and not yet given back. */
#ifndef GUEST_SURROUNDINGS_H
#define GUEST_SURROUNDINGS_H

#include "port.h"

extern struct surroundings {
	long blocks, frames;
	unsigned int warnings;
	unsigned int lines;
	char line[160];
	bool locked;
} surroundings;

#endif /* GUEST_SURROUNDINGS_H */
