/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of graft/ for each other, and for life/end.c. */
#ifndef CORE_GRAFT_H
#define CORE_GRAFT_H

#include "graft/point.h"

/* The window that the grafts of a plugin share with the kernel. */
struct core_graft_window {
	struct core_window window;
	struct core_frame
		frames[]; /* core_plugin.graft_pages, one behind the other in the kernel */
};

/*
 * Grant the target's plugin its window, unless it has one. May sleep; one caller at a time.
 * 0 or an errno as core_grant_target().
 */
int core_make_graft_window(const struct core_target *target, struct core_reason *why);
/* The monitor has destroyed the plugin: free its window, if it has one. May sleep. */
void core_free_graft_window(struct core_plugin *plugin);

/* Fill in graft->call. In ask.c. */
void core_prepare_call(struct core_graft *graft);

/* With the lock: detach the attached graft. The caller calls core_free_left_grafts() later. */
void core_detach_found(struct core_graft *graft, enum core_outcome outcome);
/* With the lock: detach all grafts of the plugin, which does not run any more for new calls. */
void core_grafts_leave(struct core_plugin *plugin, enum core_outcome outcome);
/* Drop the references of detached grafts that no core_ask() uses. May sleep. */
void core_free_left_grafts(void);

#endif /* CORE_GRAFT_H */
