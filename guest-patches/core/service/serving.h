/* SPDX-License-Identifier: GPL-2.0-only */
/* A request while it is served, for the files of service/ that have services. */
#ifndef CORE_SERVING_H
#define CORE_SERVING_H

#include "life/registry.h"
#include <ringfence/service_list.h>

#define BYTES_MAX 128 /* largest buffer of an argument, but of SETS and GETS */

/* The checked arguments of a request, and its results. */
struct serving {
	struct core_plugin *plugin;
	uint32_t number;
	struct plugin_window_info window;
	uint32_t map;	/* of MAP and ENTRY: a handle, not checked yet */
	uint32_t key;	/* of ENTRY: offset in the plugin, not checked yet */
	uint32_t place; /* of SETS, GETS and KEY: the same */
	uint32_t in_size, out_size;
	uint8_t in[BYTES_MAX] __attribute__((aligned(8)));
	uint8_t out[BYTES_MAX] __attribute__((aligned(8)));
	uint32_t value;
};

/* map_service.c. They may wait for other transactions, see transaction/wait.h. */
int core_serve_map_open(struct serving *serving);
int core_serve_map_get(struct serving *serving);
int core_serve_map_set(struct serving *serving);
int core_serve_map_delete(struct serving *serving);
int core_serve_map_next(struct serving *serving);
int core_serve_map_push(struct serving *serving);
int core_serve_map_lock(struct serving *serving);
int core_serve_map_unlock(struct serving *serving);
int core_serve_map_window(struct serving *serving);
int core_serve_undo(struct serving *serving);

#endif /* CORE_SERVING_H */
