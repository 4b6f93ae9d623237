/* SPDX-License-Identifier: GPL-2.0-only */
/* Windows: memory of the kernel that is mapped into a plugin, from grant to revoke. */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include "reason.h"

struct core_target;

struct core_frame {
	void *address; /* in the kernel */
	uint32_t mfn;  /* machine frame number */
};

/*
 * The owner of the memory sets frames, nr and flags, grants the window, and leaves the
 * structure and the frames in place until core_revoke() has returned 0. Until then the plugin
 * may change the contents of the frames at any time if the window is writable.
 */
struct core_window {
	const struct core_frame *frames;
	uint32_t nr;		    /* pages, 1..PLUGIN_WINDOW_PAGES_MAX */
	uint32_t flags;		    /* PLUGIN_WINDOW_* */
	uint32_t offset;	    /* of the window in the plugin's segment */
	struct core_plugin *plugin; /* NULL: not granted, or the plugin is destroyed */
	struct core_window *next;   /* the plugin's next window, by ascending offsets */
	uint32_t *mfns;		    /* those of the frames, for core_grant_own() */
};

/*
 * Map the window into the plugin that has the name. May sleep. 0 or an errno with a reason:
 * -ENOENT, -EBUSY (the plugin is being loaded or unloaded), -EOWNERDEAD (the plugin is dead),
 * -ENOSPC (no free room for so many pages), -EPERM (the monitor refuses a frame), -EINVAL,
 * -ENOMEM.
 */
int core_grant(const char *name, struct core_window *window, struct core_reason *why);

/*
 * Map the window into the plugin of a target. As core_grant(), but -ESTALE if the plugin has
 * been replaced or unloaded, or is being unloaded.
 */
int core_grant_target(const struct core_target *target, struct core_window *window,
		      struct core_reason *why);

/*
 * Check and prepare a window that core_grant_own() will grant, as that must not allocate:
 * fill window->mfns. May sleep. -EINVAL or -ENOMEM.
 */
int core_list_frames(struct core_window *window, struct core_reason *why);
/* Free window->mfns. May sleep. */
void core_list_no_frames(struct core_window *window);

/*
 * Map the window, for which core_list_frames() was called, into a plugin that is BUSY or
 * UNLOADING for a call of the caller's, before the plugin runs. Takes the lock, does not sleep.
 * As core_grant(), without -ENOENT, -EBUSY, -EINVAL, and -ENOMEM of the kernel.
 */
int core_grant_own(struct core_plugin *plugin, struct core_window *window, struct core_reason *why);

/*
 * Unmap the window from the plugin, also while a call of the plugin is under way. Takes the
 * lock, does not sleep. 0: the plugin has no access any more; also if the window is not
 * granted. Errno: the window stays granted until a later revoke succeeds or the plugin is
 * destroyed. The owner calls this also if the plugin was replaced or unloaded, which unmaps
 * its windows.
 */
int core_revoke(struct core_window *window, struct core_reason *why);

/* core_grant_own() and core_revoke() with the lock. */
int core_grant_held(struct core_plugin *plugin, struct core_window *window,
		    struct core_reason *why);
int core_revoke_held(struct core_window *window, struct core_reason *why);

/*
 * The monitor has destroyed the plugin and so unmapped its windows: mark them as not granted.
 * Called by life/end.c; takes the lock.
 */
void core_drop_windows(struct core_plugin *plugin);

#endif /* CORE_WINDOW_H */
