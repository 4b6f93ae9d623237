// SPDX-License-Identifier: GPL-2.0-only
/* Grants memory to plugins and takes it back. */
#include "registry.h"
#include "shortage.h"
#include "window.h"

static int refuse_grant(const struct core_plugin *plugin, const struct core_window *window,
			long err, struct core_reason *why)
{
	const char *cause = "this kernel made a mistake: report it";

	if (err == -ENOSPC)
		return core_refuse_window(plugin, window->nr, why);
	if (err == -EPERM)
		cause = "the memory is not this kernel's to give: choose ordinary pages";
	else if (err == -ENOMEM)
		cause = "the monitor is out of memory: unload a plugin";
	return core_refuse(why, (int)err, "plugin %s was granted no window of %u pages, %s",
			   plugin->name, window->nr, cause);
}

static int check_state(const struct core_plugin *plugin, const char *name,
		       const struct core_window *window, struct core_reason *why)
{
	if (!plugin)
		return core_refuse(why, -ENOENT, "there is no plugin named %.40s: load it first",
				   name);
	if (plugin->state == CORE_DEAD)
		return core_refuse(why, -EOWNERDEAD,
				   "plugin %s was stopped before: unload it and load it again",
				   plugin->name);
	if (plugin->state != CORE_IDLE && plugin->state != CORE_BUSY)
		return core_refuse(why, -EBUSY, "plugin %s is %s: try again when that is over",
				   plugin->name, core_state_name(plugin->state));
	if (window->nr > plugin->nr_window)
		return core_refuse(why, -ENOSPC,
				   "plugin %s has room for windows of %u pages, this one has %u: "
				   "give it more with PLUGIN_WINDOW_BYTES",
				   plugin->name, plugin->nr_window, window->nr);
	return 0;
}

int core_grant(const char *name, struct core_window *window, struct core_reason *why)
{
	struct plugin_window request = { .nr = window->nr, .flags = window->flags };
	struct core_plugin *plugin;
	struct core_window **link;
	uint32_t *mfns;
	uint32_t i;
	long err;

	window->plugin = NULL;
	if (!window->nr || window->nr > PLUGIN_WINDOW_PAGES_MAX ||
	    window->flags & ~PLUGIN_WINDOW_WRITE)
		return core_refuse(why, -EINVAL,
				   "a window of %u pages with flags 0x%x cannot be: give 1 to %u "
				   "pages",
				   window->nr, window->flags, PLUGIN_WINDOW_PAGES_MAX);
	mfns = core_alloc(window->nr * sizeof(*mfns));
	if (!mfns)
		return core_refuse(why, -ENOMEM, "there is no memory to grant a window: free some");
	for (i = 0; i < window->nr; i++)
		mfns[i] = window->frames[i].mfn;

	core_lock();
	plugin = core_find(name);
	err = check_state(plugin, name, window, why);
	if (!err) {
		err = core_plugin_grant(plugin->handle, &request, mfns);
		if (err)
			refuse_grant(plugin, window, err, why);
	}
	if (!err) {
		window->offset = request.offset;
		window->plugin = plugin;
		window->id = plugin->id;
		for (link = &plugin->windows; *link && (*link)->offset < window->offset;
		     link = &(*link)->next)
			;
		window->next = *link;
		*link = window;
		plugin->nr_windows++;
	}
	core_unlock();
	core_free(mfns);
	return (int)err;
}

int core_revoke(struct core_window *window, struct core_reason *why)
{
	struct core_plugin *plugin;
	struct core_window **link;
	long err = 0;

	core_lock();
	plugin = window->plugin;
	/* One that is being unloaded may be gone from the monitor: nothing to revoke. */
	if (plugin && plugin->handle)
		err = core_plugin_op(PLUGINOP_revoke, plugin->handle, window->offset);
	if (err == -ENOENT)
		err = 0;
	if (err)
		core_refuse(why, (int)err,
			    "the monitor would not revoke a window of plugin %s (error %ld): "
			    "unload the plugin",
			    plugin->name, -err);
	if (plugin && !err) {
		for (link = &plugin->windows; *link != window; link = &(*link)->next)
			;
		*link = window->next;
		plugin->nr_windows--;
		window->plugin = NULL;
	}
	core_unlock();
	return (int)err;
}

void core_drop_windows(struct core_plugin *plugin)
{
	struct core_window *window;

	core_lock();
	while ((window = plugin->windows)) {
		plugin->windows = window->next;
		window->plugin = NULL;
	}
	plugin->nr_windows = 0;
	core_unlock();
}
