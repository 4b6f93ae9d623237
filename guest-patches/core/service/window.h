/* SPDX-License-Identifier: GPL-2.0-only */
/* Windows: memory of the kernel that a plugin may use for a while. */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include "reason.h"

struct core_target;

struct core_frame {
	void *address;
	uint32_t mfn;
};

/*
 * The owner of the memory fills in the upper three and keeps all of it as it
 * is until the window is revoked. The plugin may change what is in writable
 * frames at any time until then.
 */
struct core_window {
	const struct core_frame *frames;
	uint32_t nr;		    /* pages, 1.. */
	uint32_t flags;		    /* PLUGIN_WINDOW_* */
	uint32_t offset;	    /* where the plugin sees it */
	struct core_plugin *plugin; /* NULL: not granted, or the plugin is gone */
	struct core_window *next;   /* ascending offsets */
};

/*
 * 0 or an errno with a reason: -EOWNERDEAD if the plugin was stopped before,
 * -ENOSPC if it has no room.
 */
int core_grant(const char *name, struct core_window *window, struct core_reason *why);

/* The same to the plugin of a target: -ESTALE if it was replaced or unloaded. */
int core_grant_target(const struct core_target *target, struct core_window *window,
		      struct core_reason *why);

/* The same to a plugin that is the caller's: a call that it has begun, but not run. */
int core_grant_own(struct core_plugin *plugin, struct core_window *window, struct core_reason *why);

/*
 * Takes the window back, also while a call is under way. After 0 the memory is
 * the owner's alone; after an errno the plugin still has it, until it is
 * unloaded. Unloading and replacing revoke by themselves; this is to be called
 * all the same.
 */
int core_revoke(struct core_window *window, struct core_reason *why);

/* The plugin is gone from the monitor, its windows with it. For the registry. */
void core_drop_windows(struct core_plugin *plugin);

#endif /* CORE_WINDOW_H */
