/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turns: one call of a plugin at a time, and a queue for each plugin of those who
 * wait to make the next, in the order in which they came. All with the lock, but
 * core_is_turn().
 */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "life/registry.h"

/* A caller on its way to a call, on that caller's stack. */
struct core_turn {
	struct core_turn *next;	    /* in the queue of the plugin */
	struct core_plugin *plugin; /* a reference; changes when its name goes to another */
	bool by_name;
	bool queued;
};

/*
 * Finds the plugin whose turn it is to be. By a name it may be another plugin each
 * time, once the first is GONE; its queue is a new one. *@dropped: a plugin that
 * nobody else knows any more, for core_free_plugin().
 */
int core_take_turn(struct core_turn *turn, const struct core_call *call,
		   struct core_plugin **dropped, struct core_reason *why);

void core_enqueue(struct core_turn *turn);
void core_dequeue(struct core_turn *turn);

/* Nobody came earlier. */
bool core_is_first(const struct core_turn *turn);

/* For port_wait(): to be tried anew, as the plugin may be called, or will not be any more. */
bool core_is_turn(void *turn);

#endif /* CORE_TURN_H */
