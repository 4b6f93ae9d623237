/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interface of plugins for other kernel code: calls of an entry by name or of a bound target,
 * and windows, which are pages shared with a plugin without a copy. All functions may sleep,
 * except plugin_kill() and the calls named atomic. The administrator decides with plugctl which
 * plugin is loaded under a name, when another replaces it, which services it may request and
 * how long its calls may take.
 */
#ifndef _LINUX_RINGFENCE_PLUGINS_H
#define _LINUX_RINGFENCE_PLUGINS_H

#include <linux/types.h>

struct page;
struct plugin_target;
struct ringfence_window;

#define RINGFENCE_WINDOW_WRITE 1u

/*
 * 0 with the value; PLUGIN_STATUS_* above 0 if the plugin was stopped, now or
 * before; or a negative errno: -ENOENT (no such plugin or entry), -EBUSY (called from a service
 * while the plugin runs), -ELOOP (calls from services nested too deep), -E2BIG (more than 6
 * arguments). The value comes from the plugin and must not be trusted.
 *
 * The call is preempted like other kernel code of the current process. While the plugin runs
 * for another caller, the call waits. A fatal signal ends the call: -EINTR if the plugin had
 * not begun to run, else the plugin is killed.
 */
int plugin_call(const char *name, const char *entry, const u32 *args, u32 nr_args, u32 *value);

/*
 * As plugin_call(), for callers that cannot sleep: in interrupts, with spinlocks held, with
 * interrupts off. No other task runs during the call, so the plugin is stopped when it has run
 * for its budget or, if that is longer, for a millisecond and a tick, and when its services
 * have taken a millisecond. The plugin's limit of time from begin to end does not apply, as
 * interrupts would use it up. -EBUSY while the plugin runs for another caller.
 */
int plugin_call_atomic(const char *name, const char *entry, const u32 *args, u32 nr_args,
		       u32 *value);

/*
 * Bind an entry that is called often, so that it is found by name only once. Returns a target,
 * or an ERR_PTR: -ENOENT, -EBUSY
 * (the plugin is being loaded or unloaded), -ENOMEM. A target does not keep the plugin from
 * being replaced or unloaded; calls of the target then return -ESTALE, and the caller should
 * unbind it.
 */
struct plugin_target *plugin_bind(const char *name, const char *entry);
void plugin_unbind(struct plugin_target *target);

/* As plugin_call() and plugin_call_atomic(), without looking for the plugin, or -ESTALE. */
int plugin_call_target(const struct plugin_target *target, const u32 *args, u32 nr_args,
		       u32 *value);
int plugin_call_target_atomic(const struct plugin_target *target, const u32 *args, u32 nr_args,
			      u32 *value);

/*
 * End the plugin. Any context, also an interrupt that arrived while the plugin ran. The plugin
 * never runs again, and a call in progress returns PLUGIN_STATUS_KILLED. 0, also if the plugin
 * was dead; -ENOENT; -ENOSYS from a monitor of ABI 1.0.
 */
int plugin_kill(const char *name);

/*
 * Share @nr pages with the target's plugin until plugin_revoke(). Pages must be lowmem and no
 * page tables. Returns the window, or an ERR_PTR:
 * -ESTALE, -ENOSPC (the plugin's room is too small), -EPERM, -EOWNERDEAD (the plugin was
 * stopped). The plugin may change writable pages at any time until they are revoked: copy data
 * before checking it.
 */
struct ringfence_window *plugin_grant(const struct plugin_target *target, struct page **pages,
				      u32 nr, u32 flags);

/* The window's offset in the plugin, for use as an argument of a call. */
u32 plugin_window_offset(const struct ringfence_window *window);

/*
 * Revoke the window and free @window, also if the plugin was unloaded or replaced meanwhile.
 * After an errno the plugin still has the pages.
 */
int plugin_revoke(struct ringfence_window *window);

#endif /* _LINUX_RINGFENCE_PLUGINS_H */
