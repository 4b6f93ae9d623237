// SPDX-License-Identifier: GPL-2.0-only
/* The queues of callers that wait to call a plugin; see turn.h. */
#include "life/life.h"
#include "life/turn.h"

void core_enqueue(struct core_turn *turn)
{
	struct core_turn **end;

	for (end = &turn->plugin->turns; *end; end = &(*end)->next)
		;
	turn->next = NULL;
	*end = turn;
	turn->queued = true;
}

void core_dequeue(struct core_turn *turn)
{
	struct core_turn **link;

	for (link = &turn->plugin->turns; *link != turn; link = &(*link)->next)
		;
	*link = turn->next;
}

/* core_release() never drops the last reference on @from here: the lists hold one. */
void core_pass_turns(struct core_plugin *from, struct core_plugin *to)
{
	struct core_turn **link = &from->turns, *turn;

	while ((turn = *link)) {
		if (!turn->by_name) {
			link = &turn->next;
			continue;
		}
		*link = turn->next;
		core_release(from);
		turn->plugin = to;
		to->refs++;
		core_enqueue(turn);
	}
}

bool core_is_first(const struct core_turn *turn)
{
	return !turn->plugin->turns || turn->plugin->turns == turn;
}

bool core_is_turn(void *what)
{
	const struct core_turn *turn = what;
	enum core_plugin_state state;
	bool is;

	port_lock();
	state = turn->plugin->state;
	if (state == CORE_UNLOADING)
		is = !turn->by_name;
	else
		is = state == CORE_GONE || (core_is_first(turn) && state != CORE_BUSY);
	port_unlock();
	return is;
}

int core_take_turn(struct core_turn *turn, const struct core_call *call,
		   struct core_plugin **dropped, struct core_reason *why)
{
	struct core_plugin *before = turn->plugin;

	if (before && (!turn->by_name || before->state != CORE_GONE))
		return 0;
	if (turn->queued)
		core_dequeue(turn);
	turn->queued = false;
	turn->plugin = turn->by_name ? core_find(call->name) : call->target->plugin;
	if (turn->plugin)
		turn->plugin->refs++;
	if (before && core_release(before))
		*dropped = before;
	return turn->plugin ? 0 : core_refuse_name(call->name, why);
}
