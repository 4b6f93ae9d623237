/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that the files of life/ call in each other and nobody else calls. */
#ifndef CORE_LIFE_H
#define CORE_LIFE_H

#include "life/registry.h"

/*
 * Puts the plugin at the end of the lists, gives it a number and one reference.
 * -EEXIST if it has a name that another has; -ENOENT if it is nameless and is to
 * replace nobody. Delisted, it is GONE, and the reference is to be put.
 */
int core_enlist(struct core_plugin *plugin, struct core_reason *why);
void core_delist(struct core_plugin *plugin);

/* With the lock: the name of @from, which has it, is that of @to. */
void core_pass_name(struct core_plugin *from, struct core_plugin *to);

/*
 * With the lock: ends a reference. True: it was the last, and the caller is to
 * core_free_plugin() without the lock.
 */
bool core_release(struct core_plugin *plugin);

/* With the lock: those who wait for @from by its name wait for @to (turn.c). */
void core_pass_turns(struct core_plugin *from, struct core_plugin *to);

/* Refusals: nobody has the name; the plugin is not to be had now; it is not to be had any more. */
int core_refuse_name(const char *name, struct core_reason *why);
int core_refuse_busy(const struct core_plugin *plugin, struct core_reason *why);
int core_refuse_stale(const struct core_plugin *plugin, struct core_reason *why);

/*
 * Ends the plugin's call, which is under way and made by the caller: to go on
 * with it gives KILLED.
 */
void core_end_own_call(struct core_plugin *plugin, enum core_cause cause, uint32_t limit_us);

/* With the lock, as the next two: IDLE or DEAD, when nothing goes on with it. */
void core_settle(struct core_plugin *plugin);
/* Takes the monitor's record of how it was stopped, and tells the log. */
void core_note_fault(struct core_plugin *plugin);

/*
 * The plugin, which is nameless, takes the name from the one that has it, in
 * one step. *@old is to be reaped by the caller; NULL: when its call has ended.
 * After an errno nothing has changed.
 */
int core_take_name(struct core_plugin *plugin, bool kill, struct core_plugin **old,
		   struct core_reason *why);

/* Takes a plugin apart that is UNLOADING, and that nobody calls. */
void core_reap(struct core_plugin *plugin);

long core_destroy(struct core_plugin *plugin);
void core_free_plugin(struct core_plugin *plugin);

#endif /* CORE_LIFE_H */
