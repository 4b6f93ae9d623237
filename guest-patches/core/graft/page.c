// SPDX-License-Identifier: GPL-2.0-only
/* The page that the grafts of a plugin share with the kernel. */
#include "graft/graft.h"

static void release(struct core_graft_page *page)
{
	port_frame_free(page->frame.address, page->frame.mfn);
	port_free(page);
}

int core_make_graft_page(const struct core_target *target, struct core_reason *why)
{
	struct core_plugin *plugin = target->plugin;
	struct core_graft_page *page;
	int err;

	if (plugin->graft_page)
		return 0;
	page = port_alloc(sizeof(*page));
	err = page ? port_frame_alloc(&page->frame.address, &page->frame.mfn) : -ENOMEM;
	if (err) {
		port_free(page);
		return core_refuse(why, err, "there is no memory for a graft: free some");
	}
	page->window.frames = &page->frame;
	page->window.nr = 1;
	page->window.flags = PLUGIN_WINDOW_WRITE;
	err = core_grant_target(target, &page->window, why);
	if (err) {
		release(page);
		return err;
	}
	port_lock();
	plugin->graft_page = page;
	port_unlock();
	return 0;
}

void core_free_graft_page(struct core_plugin *plugin)
{
	if (plugin->graft_page)
		release(plugin->graft_page);
	plugin->graft_page = NULL;
}
