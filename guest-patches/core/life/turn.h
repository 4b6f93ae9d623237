/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns: a plugin makes one call at a time, and has a queue of the callers that wait for
 * their turn, in the order of arrival. The lock is held for all functions but
 * core_is_turn().
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "life/registry.h"

/* A caller that is to make a call; on the caller's stack, until the call begins. */
struct core_turn {
	struct core_turn *next;	    /* next in the plugin's queue */
	struct core_plugin *plugin; /* a reference; another plugin's once that has the name */
	bool by_name;		    /* the call has no target */
	bool queued;		    /* in the plugin's queue */
};

/*
 * Set turn->plugin, with a reference, to the plugin to call: the target's, or the plugin
 * that has the name. If the turn has a plugin already, look the name up again only if that
 * plugin is GONE; the turn then leaves its queue. *@dropped is set if the turn held the last
 * reference on that plugin: the caller calls core_free_plugin(). 0, or -ENOENT: no plugin has
 * the name.
 */
int core_take_turn(struct core_turn *turn, const struct core_call *call,
		   struct core_plugin **dropped, struct core_reason *why);

/* Append the turn, which is in no queue, to the queue of turn->plugin. */
void core_enqueue(struct core_turn *turn);
/* Remove the turn from the queue of turn->plugin. Does not clear turn->queued. */
void core_dequeue(struct core_turn *turn);

/* Does no other caller precede the turn in the queue of turn->plugin? */
bool core_is_first(const struct core_turn *turn);

/*
 * For port_wait(): can the caller of @turn, a struct core_turn, try again? True if the turn is
 * first and the plugin does not run, or if the plugin is GONE. While the plugin is UNLOADING,
 * false for a caller by name, who hears what the end of the unload makes of the name; true for
 * a caller of a target, whose target is stale. Takes the lock.
 */
bool core_is_turn(void *turn);

#endif /* CORE_TURN_H */
