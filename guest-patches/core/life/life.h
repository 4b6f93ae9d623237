/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that the files of life/ call of each other; service/window.c also calls the
 * refusals.
 */
#ifndef CORE_LIFE_H
#define CORE_LIFE_H

#include "life/registry.h"

/*
 * Append the plugin to the lists, with a new id and one reference, which is the lists'.
 * Takes the lock. -EEXIST: another plugin has the name. -ENOENT: the plugin is nameless,
 * as it is to replace another, and no plugin has the name.
 */
int core_enlist(struct core_plugin *plugin, struct core_reason *why);
/*
 * Remove the plugin from the lists and make it GONE and nameless. Takes the lock. The caller
 * drops the lists' reference afterwards, by core_put().
 */
void core_delist(struct core_plugin *plugin);

/* With the lock: @from, which core_find() finds, becomes nameless; @to gets its name. */
void core_pass_name(struct core_plugin *from, struct core_plugin *to);

/*
 * With the lock: drop a reference. True: this was the last reference; the caller calls
 * core_free_plugin() after releasing the lock.
 */
bool core_release(struct core_plugin *plugin);

/*
 * With the lock: move the callers that wait for @from by its name to the queue of @to, in
 * the same order (turn.c).
 */
void core_pass_turns(struct core_plugin *from, struct core_plugin *to);

/*
 * With the lock: is the plugin no longer the one that its caller found? True if it has lost its
 * name; with @bound, for a caller by target, also if it is UNLOADING.
 */
bool core_is_stale(const struct core_plugin *plugin, bool bound);

/* With the lock: number of calls that the calling task has under way, nested in each other. */
uint32_t core_depth(void);

/* -ENOENT: no plugin has the name. */
int core_refuse_name(const char *name, struct core_reason *why);
/* With the lock: -EBUSY, as the plugin runs, is being loaded or is being unloaded. */
int core_refuse_busy(const struct core_plugin *plugin, struct core_reason *why);
/* -ESTALE: the plugin has been replaced or unloaded since the caller found it. */
int core_refuse_stale(const struct core_plugin *plugin, struct core_reason *why);

/*
 * Kill the plugin whose call the caller has under way: the reply or resume that the caller
 * makes next returns PLUGIN_STATUS_KILLED. @limit_us: the limit that @cause names, or 0.
 * Takes the lock.
 */
void core_end_own_call(struct core_plugin *plugin, enum core_cause cause, uint32_t limit_us);

/*
 * With the lock: the same for a plugin whose call any caller has under way. The caller calls
 * port_wake() later, as the call may wait in a service.
 */
void core_end_call_of(struct core_plugin *plugin, enum core_cause cause, uint32_t limit_us);

/*
 * With the lock: give a plugin whose load or call has ended, or whose unload has failed, its
 * state: DEAD if the plugin was stopped or killed, else IDLE. A killed plugin that has no
 * fault record yet is killed in the monitor first, and its record is taken.
 */
void core_settle(struct core_plugin *plugin);
/*
 * With the lock: copy the monitor's fault record to plugin->fault and write it to the log
 * as one line. Does nothing if the monitor has no record.
 */
void core_note_fault(struct core_plugin *plugin);

/*
 * Give @plugin, which is nameless, the name of the plugin that has it now, and make that
 * old plugin UNLOADING, under one hold of the lock, which this function takes. With @kill
 * a call of the old plugin is killed. *@old is the old plugin, which the caller is to
 * core_reap(), or NULL if a call is under way, whose end reaps it. After -ENOENT, -EBUSY or
 * an errno of the kill nothing has changed.
 */
int core_take_name(struct core_plugin *plugin, bool kill, struct core_plugin **old,
		   struct core_reason *why);

/*
 * Destroy an UNLOADING plugin that has no call under way, and drop the lists' reference.
 * Without the lock; may sleep. If the monitor refuses, warns in the log, and the plugin
 * stays listed.
 */
void core_reap(struct core_plugin *plugin);

long core_destroy(struct core_plugin *plugin);
/* Free a plugin that has no reference left, and its frames. Without the lock; may sleep. */
void core_free_plugin(struct core_plugin *plugin);

#endif /* CORE_LIFE_H */
