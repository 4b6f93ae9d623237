/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plugins for parts of the kernel that let them work: calls by name or of a target
 * that was bound, and windows, which are pages shared with a plugin without a copy.
 * All of it but plugin_kill() and the calls named atomic may sleep. Whoever loads a plugin, what
 * it may ask for, how long its calls may take, and when another takes its place
 * under its name is the administrator's choice (plugctl).
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
 * before; or a negative errno: -ENOENT (no such plugin or entry), -EBUSY (called
 * from a service, and it runs), -ELOOP (called from services too deep), -E2BIG.
 * At most 6 arguments. The value is a plugin's word: anything at all.
 *
 * The call is preempted like other kernel code of the process that it is made
 * for, waits while the plugin runs for another, and is over when a fatal signal
 * is pending: -EINTR if the plugin had not begun, else the plugin is killed.
 */
int plugin_call(const char *name, const char *entry, const u32 *args, u32 nr_args, u32 *value);

/*
 * The same for callers that cannot sleep: in interrupts, with spinlocks held, with
 * interrupts off. No other task runs meanwhile, so the plugin is stopped after a
 * millisecond and a tick, whatever its limits; -EBUSY while it runs for another.
 */
int plugin_call_atomic(const char *name, const char *entry, const u32 *args, u32 nr_args,
		       u32 *value);

/*
 * An entry that is found once and called often. Gives an ERR_PTR: -ENOENT, -EBUSY
 * (the plugin is being loaded or unloaded), -ENOMEM. The plugin can be replaced and
 * unloaded all the same; calls of the target are -ESTALE then, and it is to be unbound.
 */
struct plugin_target *plugin_bind(const char *name, const char *entry);
void plugin_unbind(struct plugin_target *target);

/* As plugin_call() and plugin_call_atomic(), without looking for the plugin, or -ESTALE. */
int plugin_call_target(const struct plugin_target *target, const u32 *args, u32 nr_args,
		       u32 *value);
int plugin_call_target_atomic(const struct plugin_target *target, const u32 *args, u32 nr_args,
			      u32 *value);

/*
 * Ends the plugin, in any context, also in an interrupt that came while it ran:
 * it never runs again, and a call that is under way gives PLUGIN_STATUS_KILLED.
 * 0, also if it was dead; -ENOENT; -ENOSYS from a monitor of ABI 1.0.
 */
int plugin_kill(const char *name);

/*
 * Shares @nr pages, lowmem and no page tables, with the target's plugin until
 * plugin_revoke(). Gives an ERR_PTR: -ESTALE, -ENOSPC (the plugin asked for less room), -EPERM,
 * -EOWNERDEAD (it was stopped). What is in writable pages may change at any
 * time until they are revoked: copy before checking.
 */
struct ringfence_window *plugin_grant(const struct plugin_target *target, struct page **pages,
				      u32 nr, u32 flags);

/* Where the plugin sees it: for an argument of a call. */
u32 plugin_window_offset(const struct ringfence_window *window);

/*
 * Takes the pages back, also from a plugin that was unloaded or replaced
 * meanwhile, and frees @window. After an errno the plugin still has them.
 */
int plugin_revoke(struct ringfence_window *window);

#endif /* _LINUX_RINGFENCE_PLUGINS_H */
