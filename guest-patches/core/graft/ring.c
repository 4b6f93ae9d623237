// SPDX-License-Identifier: GPL-2.0-only
/* Rings of events, from the first attach to the end of the plugin; see ring.h. */
#include "graft/graft.h"
#include "graft/ring.h"

/* A window that a plugin reads; of one plugin and point. */
struct core_ring {
	struct core_ring *next; /* of the plugin */
	const struct core_point *point;
	struct core_window window;
	struct core_frame frames[]; /* one behind the other in the kernel */
};

static struct core_ring *find(const struct core_plugin *plugin, const struct core_point *point)
{
	struct core_ring *ring;

	for (ring = plugin->rings; ring && ring->point != point; ring = ring->next)
		;
	return ring;
}

static void release(struct core_ring *ring)
{
	port_frames_free(ring->window.nr, ring->frames);
	port_free(ring);
}

static struct core_ring *make(const struct core_target *target, const struct core_point *point,
			      int *err, struct core_reason *why)
{
	struct core_ring *ring =
		port_alloc(sizeof(*ring) + point->ring_pages * sizeof(*ring->frames));

	*err = ring ? port_frames_alloc(point->ring_pages, ring->frames) : -ENOMEM;
	if (*err) {
		port_free(ring);
		core_refuse(why, *err, "there is no memory for a ring of events: free some");
		return NULL;
	}
	ring->point = point;
	((struct event_ring *)ring->frames[0].address)->next = point->event_bytes;
	ring->window.frames = ring->frames;
	ring->window.nr = point->ring_pages;
	ring->window.flags = 0;
	*err = core_grant_target(target, &ring->window, why);
	if (*err) {
		release(ring);
		return NULL;
	}
	return ring;
}

/* Call the graft, with the ring's offset. */
static int tell(const struct core_target *target, const struct core_ring *ring,
		struct core_reason *why)
{
	const uint32_t args[] = { ring->window.offset };
	const struct core_call call = { .target = target, .args = args, .nr_args = 1 };
	struct core_result result;
	int err = core_call_plugin(&call, &result, why);

	if (err || result.status == PLUGIN_STATUS_OK)
		return err;
	return core_refuse(why, -EOWNERDEAD,
			   "plugin %s was stopped when it was told where its events are: see "
			   "plugctl show",
			   target->plugin->name);
}

int core_make_ring(const struct core_target *target, const struct core_point *point, void **address,
		   struct core_reason *why)
{
	struct core_plugin *plugin = target->plugin;
	struct core_ring *ring = find(plugin, point);
	int err = 0;

	if (!ring) {
		ring = make(target, point, &err, why);
		if (err)
			return err;
		port_lock();
		ring->next = plugin->rings;
		plugin->rings = ring;
		port_unlock();
	}
	*address = ring->frames[0].address;
	return tell(target, ring, why);
}

void core_free_rings(struct core_plugin *plugin)
{
	struct core_ring *ring;

	while ((ring = plugin->rings)) {
		plugin->rings = ring->next;
		release(ring);
	}
}

void core_count_events(struct core_graft *graft)
{
	const struct event_ring *ring = graft->ring;
	uint32_t bytes;

	if (!ring || !graft->attached)
		return;
	bytes = ring->next - graft->events;
	graft->events += bytes;
	graft->asked.answered += bytes / graft->point->event_bytes;
	graft->point->asked.answered += bytes / graft->point->event_bytes;
}
