/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plugins by name: load, call, unload, states and counters.
 *
 * Locking: core_lock() guards the list and every plugin's state. It is not
 * held while files are parsed, frames are filled or plugins run; a plugin that
 * one of these concerns is in a state (LOADING, BUSY, UNLOADING) in which
 * nobody else touches or frees it. So a pointer to a plugin is valid only
 * with the lock held or between core_publish() and core_withdraw().
 */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

#include "fault.h"
#include "log.h"
#include "window.h"

enum core_plugin_state {
	CORE_LOADING,
	CORE_IDLE,
	CORE_BUSY,
	CORE_DEAD, /* stopped by the monitor; can be shown and unloaded */
	CORE_UNLOADING,
};

struct core_plugin {
	struct core_plugin *next;
	void *port;  /* the port's own, from core_publish() on */
	uint32_t id; /* never used twice */
	enum core_plugin_state state;
	uint32_t handle;
	uint32_t mode; /* PLUGIN_MODE_* */
	uint32_t abi;
	uint32_t start;
	uint32_t budget_us;
	uint32_t nr_text, nr_rodata, nr_data, nr_stack; /* pages */
	uint32_t nr_heap;				/* of nr_data */
	uint32_t nr_window;				/* room for windows */
	uint32_t text_limit, data_limit;
	uint64_t calls;
	uint64_t faults;
	uint64_t requests; /* for services, that came here */
	uint64_t rejected; /* of those: with bad arguments */
	struct plugin_services services;
	uint32_t nr_windows;
	struct core_window *windows; /* ascending offsets */
	struct core_log log;
	struct plugin_fault fault; /* status 0: none yet */
	struct core_symbols symbols;
	struct core_lines lines;
	uint32_t nr_entries;
	struct plg_entry *entries;
	uint32_t nr_frames;
	struct core_frame *frames;
	char name[PLG_NAME_SIZE];
	struct plg_about about;
};

struct core_result {
	uint32_t status; /* PLUGIN_STATUS_* */
	uint32_t value;	 /* with PLUGIN_STATUS_OK */
};

/* What is to be loaded, and how. */
struct core_load {
	const char *name;  /* empty: the file's own */
	const void *image; /* a .plg */
	size_t size;
	uint32_t budget_us; /* 0: the file's, or else the monitor's */
	uint32_t strikes;   /* 0: 1, see struct plugin_services */
	/* Services it may use, as in struct plugin_services; NULL: SERVICES_DEFAULT. */
	const uint32_t *allowed;
};

/* 0 or an errno with a reason. */
int core_load(const struct core_load *load, uint32_t *id, struct core_reason *why);

/* Calls may be made from within services, to other plugins, this many deep. */
#define CORE_DEPTH_MAX 8

/*
 * Calls an entry and serves it until it ends. 0 whenever the plugin was called,
 * however that ended; an errno with a reason if it was not. @args must be in
 * kernel memory. Nobody else may call meanwhile but from within a service.
 */
int core_call(const char *name, const char *entry, const uint32_t *args, uint32_t nr_args,
	      struct core_result *result, struct core_reason *why);

/* -EBUSY while it runs or is being loaded or unloaded by another. */
int core_unload(const char *name, struct core_reason *why);

/* Requests that were not served: refused by the monitor or rejected here. */
uint64_t core_refused(const struct core_plugin *plugin);

/* Both with the lock held. The first plugin with an id above @id, or NULL. */
struct core_plugin *core_find(const char *name);
struct core_plugin *core_next(uint32_t id);

const char *core_state_name(enum core_plugin_state state);
const char *core_mode_name(uint32_t mode);

void core_fault_context(const struct core_plugin *plugin, struct core_fault_context *context);

#endif /* CORE_REGISTRY_H */
