// SPDX-License-Identifier: GPL-2.0-only
/* Refusals for lack of memory or slots; see shortage.h. */
#include "life/shortage.h"

/*
 * Pages of address space that the monitor keeps a list of for the plugin: page 0, the plugin's
 * frames and a guard page, and if it has room for windows a second guard page and that room.
 */
static uint32_t pages_of(const struct core_plugin *plugin)
{
	return plugin->nr_frames + 2 + (plugin->nr_window ? 1 + plugin->nr_window : 0);
}

/* With the lock: the largest plugin that the monitor has, or NULL. */
static const struct core_plugin *largest(void)
{
	const struct core_plugin *plugin, *found = NULL;

	for (plugin = core_next(0); plugin; plugin = core_next(plugin->id))
		if (plugin->handle && (!found || pages_of(plugin) > pages_of(found)))
			found = plugin;
	return found;
}

/* With the lock: the plugin with the lowest id that the monitor has, or NULL. */
static const struct core_plugin *oldest(void)
{
	const struct core_plugin *plugin = core_next(0);

	while (plugin && !plugin->handle)
		plugin = core_next(plugin->id);
	return plugin;
}

static void refuse_slot(const struct core_plugin *plugin, const struct plugin_info *info,
			struct core_reason *why)
{
	const struct core_plugin *first;

	port_lock();
	first = oldest();
	core_refuse(why, -ENOSPC,
		    "the monitor has no slot for plugin %s: %u of %u are in use%s%s; list shows "
		    "by whom, unload one",
		    plugin->name, info->plugins, info->plugins_max,
		    first ? ", the longest by " : "", first ? first->name : "");
	port_unlock();
}

static void refuse_pages(const struct core_plugin *plugin, const struct plugin_info *info, int err,
			 struct core_reason *why)
{
	const struct core_plugin *most;

	port_lock();
	most = largest();
	core_refuse(
		why, err,
		"the monitor has no memory for the list of the %u pages of plugin %s: %u of %u "
		"plugins are loaded%s%s; unload some or, if this kernel is short of memory too, "
		"free some",
		pages_of(plugin), plugin->name, info->plugins, info->plugins_max,
		most ? ", the largest is " : "", most ? most->name : "");
	port_unlock();
}

int core_refuse_room(const struct core_plugin *plugin, int err, struct core_reason *why)
{
	struct plugin_info info;

	memset(&info, 0, sizeof(info));
	if (port_plugin_info(&info))
		return core_refuse(why, err,
				   "the monitor has no room for plugin %s (error %d): unload one",
				   plugin->name, -err);
	if (err == -ENOSPC)
		refuse_slot(plugin, &info, why);
	else
		refuse_pages(plugin, &info, err, why);
	return err;
}

int core_refuse_window(const struct core_plugin *plugin, uint32_t nr, struct core_reason *why)
{
	const struct core_window *window;
	uint32_t used = 0;

	for (window = plugin->windows; window; window = window->next)
		used += window->nr;
	return core_refuse(
		why, -ENOSPC,
		"plugin %s has no room for a window of %u pages: its %u other windows have "
		"%u of %u pages; revoke one, or give it more with PLUGIN_WINDOW_BYTES",
		plugin->name, nr, plugin->nr_windows, used, plugin->nr_window);
}
