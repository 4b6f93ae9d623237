/* SPDX-License-Identifier: MIT */
/*
 * Grafts: entries that the kernel asks for a decision. Example:
 *
 *	#include <ringfence/plugin.h>
 *	#include <ringfence/points.h>
 *
 *	PLUGIN("next", "1.0", "reads the next eight pages ahead");
 *
 *	PLUGIN_GRAFT(readahead)
 *	{
 *		window->ranges[0] = (struct readahead_range){ page + nr, 8, READAHEAD_NO_MARK };
 *		return page + nr + 8 <= file_pages;
 *	}
 *
 * <ringfence/point_list.h> says what each point asks, which arguments and window a graft
 * gets, and which answers the kernel takes. The kernel checks each answer. A graft that is
 * stopped, or answers what the point does not allow, has failed, and the kernel decides by
 * itself.
 */
#ifndef RINGFENCE_POINTS_H
#define RINGFENCE_POINTS_H

#include <ringfence/plugin.h>
#include <ringfence/point_list.h>

/* What a graft of the point states in its note, see struct plg_entry. */
#define PLUGIN_POINT_NUMBER(number, version, name, kind, context, failures, budget, question) \
	PLUGIN_POINT_##name = PLG_ENTRY_GRAFT(number, version),
enum { POINT_LIST(PLUGIN_POINT_NUMBER) };

#define PLUGIN_GRAFT_PARAM(type, name, meaning) , type name

/*
 * Begins the definition of a graft for the point of that name. The parameters are `window`
 * and those of POINT_ARGS_NAME.
 */
#define PLUGIN_GRAFT(point)                            \
	PLUGIN_ENTRY_WITH(PLUGIN_POINT_##point, point, \
			  struct point##_window *window POINT_ARGS_##point(PLUGIN_GRAFT_PARAM))

#endif /* RINGFENCE_POINTS_H */
