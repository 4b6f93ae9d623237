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

/*
 * Grant the target's plugin its ring of events of the point, unless it has one, and call the target to
 * tell where. *@address: of the ring in the kernel. May sleep; one caller at a time. 0 or an errno as
 * core_grant_target() or core_call_plugin(); -EOWNERDEAD: the plugin was stopped in the call.
 */
int core_make_ring(const struct core_target *target, const struct core_point *point, void **address,
		   struct core_reason *why);
/* The monitor has destroyed the plugin: free its rings. May sleep. */
void core_free_rings(struct core_plugin *plugin);

/* Fill in graft->call. In ask.c. */
void core_prepare_call(struct core_graft *graft);

/* With the lock: detach the attached graft. The caller calls core_free_left_grafts() later. */
void core_detach_found(struct core_graft *graft, enum core_outcome outcome);
/* With the lock: detach all grafts of the plugin, which does not run any more for new calls. */
void core_grafts_leave(struct core_plugin *plugin, enum core_outcome outcome);

/* ---- ended.c ---- */

/* With the lock: put a new graft on the list of all, with a new id. */
void core_enlist_graft(struct core_graft *graft);
/* With the lock: have users told that the graft was shut, or else detached, for graft->outcome. */
void core_graft_ended(struct core_graft *graft, bool shut);
/* With the lock: the graft was detached or shut and has references to drop. */
void core_leave_graft(struct core_graft *graft);
/* Drop the references of these grafts, unless a core_ask() uses the graft. May sleep. */
void core_free_left_grafts(void);
/* The same with the lock, which is released meanwhile. */
void core_free_left_held(void);

/* Why the graft was aborted last or has ended. In point.c. */
struct core_graft_end core_end_of(const struct core_graft *graft);

#endif /* CORE_GRAFT_H */
