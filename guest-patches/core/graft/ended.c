// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all grafts, and what is left to do for those that have ended: tell users, drop
 * references, and in the end forget the graft. An end itself only puts the graft on lists, as it
 * may happen in any context.
 */
#include "graft/graft.h"
#include "life/life.h"

/* All grafts by ascending ids, linked by next_id and before_id. */
static struct core_graft *first, *last;
static uint32_t last_id;
static uint32_t nr_detached; /* of the list */

/* Grafts that users are to be told of, linked by next_untold; and whose references are to be dropped. */
static struct core_graft *first_untold, **last_untold = &first_untold;
static struct core_graft *first_left, **last_left = &first_left;

void core_enlist_graft(struct core_graft *graft)
{
	graft->id = ++last_id;
	graft->before_id = last;
	if (last)
		last->next_id = graft;
	else
		first = graft;
	last = graft;
}

static void delist(struct core_graft *graft)
{
	if (graft->before_id)
		graft->before_id->next_id = graft->next_id;
	else
		first = graft->next_id;
	if (graft->next_id)
		graft->next_id->before_id = graft->before_id;
	else
		last = graft->before_id;
}

/* From the end of the list, as attached grafts follow most of the detached ones. */
struct core_graft *core_next_graft(uint32_t id)
{
	struct core_graft *graft = last, *found = NULL;

	for (; graft && graft->id > id; graft = graft->before_id)
		found = graft;
	return found;
}

/* ---- users are told ---- */

void core_graft_ended(struct core_graft *graft, bool shut)
{
	if (!graft->untold_shut && !graft->untold_detached) {
		graft->next_untold = NULL;
		*last_untold = graft;
		last_untold = &graft->next_untold;
	}
	if (shut) {
		graft->untold_shut = true;
		graft->shut_for = graft->outcome;
	} else {
		graft->untold_detached = true;
		nr_detached++;
	}
	port_grafts_ended();
}

/* The next end that users were not told of. False: there is none. */
static bool take_untold(struct core_ended *ended)
{
	struct core_graft *graft;

	port_lock();
	graft = first_untold;
	if (graft) {
		ended->graft = graft->id;
		ended->point = graft->point->name;
		memcpy(ended->plugin, graft->plugin_name, sizeof(ended->plugin));
		ended->end = core_end_of(graft);
		if (graft->untold_shut)
			ended->end.outcome = graft->shut_for;
		if (!graft->untold_shut || !graft->untold_detached) {
			first_untold = graft->next_untold;
			if (!first_untold)
				last_untold = &first_untold;
			graft->untold_detached = false;
		}
		graft->untold_shut = false;
	}
	port_unlock();
	return graft;
}

/* ---- references are dropped ---- */

void core_leave_graft(struct core_graft *graft)
{
	graft->next_left = NULL;
	*last_left = graft;
	last_left = &graft->next_left;
}

/* Take the first graft that no core_ask() uses off the list. NULL: there is none. */
static struct core_graft *take_left(void)
{
	struct core_graft **link, *graft;

	for (link = &first_left; (graft = *link); link = &graft->next_left)
		if (!graft->askers) {
			*link = graft->next_left;
			if (!*link)
				last_left = link;
			return graft;
		}
	return NULL;
}

/*
 * Drop the references of a detached graft; or that on the plugin of a shut one. The lock is held, and
 * is released meanwhile if something is to be freed.
 */
static void drop_references(struct core_graft *graft)
{
	struct core_plugin *plugin = graft->target.plugin;
	void *held = graft->attached ? NULL : graft->held;
	bool was_last = plugin && core_release(plugin);

	graft->target.plugin = NULL;
	graft->freed = !graft->attached;
	if (!was_last && !held)
		return;
	graft->askers++; /* stays listed until its references are dropped */
	port_unlock();
	if (was_last)
		core_free_plugin(plugin);
	if (held)
		port_scope_release(graft->scope, held);
	port_lock();
	graft->askers--;
}

void core_free_left_held(void)
{
	struct core_graft *graft;

	while (first_left && (graft = take_left()))
		drop_references(graft);
}

void core_free_left_grafts(void)
{
	port_lock();
	core_free_left_held();
	port_unlock();
}

/* ---- and grafts are forgotten ---- */

/* The oldest graft that nothing is left to do for, if too many detached ones are listed; or NULL. */
static struct core_graft *take_forgotten(void)
{
	struct core_graft *graft;

	port_lock();
	for (graft = nr_detached > CORE_DETACHED_MAX ? first : NULL; graft; graft = graft->next_id)
		if (graft->freed && !graft->askers && !graft->untold_detached) {
			delist(graft);
			nr_detached--;
			break;
		}
	port_unlock();
	return graft;
}

void core_tell_ends(void)
{
	struct core_ended ended;
	struct core_graft *graft;

	while (take_untold(&ended))
		port_tell_end(&ended);
	core_sweep_grafts(); /* what ended the grafts, in any context, could not drop references */
	while ((graft = take_forgotten()))
		port_free(graft);
}
