/* SPDX-License-Identifier: MIT */
/*
 * Events: records of what happens in the kernel too often to ask a plugin each time. The kernel
 * writes them to a ring in memory that the plugin can read and not write, and the plugin reads them
 * when it is called for something else. Example:
 *
 *	PLUGIN_EVENTS(touched);
 *
 *	PLUGIN_GRAFT(evict)
 *	{
 *		struct touched_event event;
 *
 *		while (next_touched(&event))
 *			count(event.file, event.page);
 *		...
 *	}
 *
 * The plugin is attached to both points: plugctl attach touched PLUGIN, plugctl attach evict PLUGIN.
 * A reader that is too slow loses the oldest events, and is told how many: `lost` of NAME_events.
 */
#ifndef RINGFENCE_EVENTS_H
#define RINGFENCE_EVENTS_H

#include <ringfence/event_reader.h>
#include <ringfence/points.h>

/*
 * Defines NAME_events, next_NAME(), and the graft that the kernel calls to tell where the ring of the
 * point NAME is. At most once for each point.
 */
#define PLUGIN_EVENTS(point)                                                            \
	static struct plugin_events point##_events;                                     \
	static inline int next_##point(struct point##_event *event)                     \
	{                                                                               \
		return plugin_events_next(&point##_events, sizeof(*event),              \
					  sizeof(((struct point##_window *)0)->events), \
					  (uint32_t *)event);                           \
	}                                                                               \
	PLUGIN_GRAFT(point)                                                             \
	{                                                                               \
		plugin_events_begin(&point##_events, &window->ring);                    \
		return 0;                                                               \
	}                                                                               \
	PLUGIN_STATIC_ASSERT(sizeof(struct point##_event) % sizeof(uint32_t) == 0, "in words")

#endif /* RINGFENCE_EVENTS_H */
