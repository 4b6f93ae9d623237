// SPDX-License-Identifier: GPL-2.0-only
/* The window that the grafts of a plugin share with the kernel. */
#include "graft/graft.h"

static void release(struct core_graft_window *made)
{
	port_frames_free(made->window.nr, made->frames);
	port_free(made);
}

int core_make_graft_window(const struct core_target *target, struct core_reason *why)
{
	struct core_plugin *plugin = target->plugin;
	uint32_t pages = plugin->graft_pages;
	struct core_graft_window *made;
	int err;

	if (plugin->graft_window)
		return 0;
	made = port_alloc(sizeof(*made) + pages * sizeof(made->frames[0]));
	err = made ? port_frames_alloc(pages, made->frames) : -ENOMEM;
	if (err) {
		port_free(made);
		return core_refuse(why, err, "there is no memory for a graft: free some");
	}
	made->window.frames = made->frames;
	made->window.nr = pages;
	made->window.flags = PLUGIN_WINDOW_WRITE;
	err = core_grant_target(target, &made->window, why);
	if (err) {
		release(made);
		return err;
	}
	port_lock();
	plugin->graft_window = made;
	port_unlock();
	return 0;
}

void core_free_graft_window(struct core_plugin *plugin)
{
	if (plugin->graft_window)
		release(plugin->graft_window);
	plugin->graft_window = NULL;
}
