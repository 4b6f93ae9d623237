/* SPDX-License-Identifier: MIT */
/* An entry of a map, or a record of a ring, and how it is printed. */
#ifndef PLUGCTL_MAP_ENTRY_H
#define PLUGCTL_MAP_ENTRY_H

#include <linux/ringfence.h>

#include "bytes.h"
#include "output.h"

struct map_entry {
	struct ringfence_map_entry entry;
	char key[BYTES_TEXT], value[BYTES_TEXT]; /* as text */
};

/* The key, unless it has no bytes, and the value of a struct map_entry. */
extern const struct fact map_entry_facts[];

/* Sets key and value to the text of the entry. @row: a struct map_entry. */
void map_entry_complete(void *row);

#endif /* PLUGCTL_MAP_ENTRY_H */
