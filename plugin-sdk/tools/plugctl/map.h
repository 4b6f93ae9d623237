/* SPDX-License-Identifier: MIT */
/* The verbs for maps. */
#ifndef PLUGCTL_MAP_H
#define PLUGCTL_MAP_H

#include <linux/ringfence.h>

#include "verb.h"

/* map.c */
int run_map_create(const struct arguments *arguments);
int run_map_delete(const struct arguments *arguments);
int run_map_list(const struct arguments *arguments);
int run_map_show(const struct arguments *arguments);

/* Describes the map @name. Ends the program on an error, e.g. if there is no such map. */
struct ringfence_map map_describe(const char *name);

/* map_entry.c */
int run_map_get(const struct arguments *arguments);
int run_map_set(const struct arguments *arguments);
int run_map_remove(const struct arguments *arguments);
int run_map_pop(const struct arguments *arguments);

#endif /* PLUGCTL_MAP_H */
