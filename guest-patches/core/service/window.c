// SPDX-License-Identifier: GPL-2.0-only
/* Grants windows to plugins and revokes them. */
#include "life/life.h"
#include "life/shortage.h"

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

static int check_state(const struct core_plugin *plugin, bool bound, struct core_reason *why)
{
	if (core_is_stale(plugin, bound))
		return core_refuse_stale(plugin, why);
	if (plugin->state != CORE_DEAD && plugin->state != CORE_IDLE && plugin->state != CORE_BUSY)
		return core_refuse_busy(plugin, why);
	return 0;
}

static int check_room(const struct core_plugin *plugin, const struct core_window *window,
		      struct core_reason *why)
{
	if (plugin->state == CORE_DEAD || plugin->killed)
		return core_refuse(why, -EOWNERDEAD,
				   "plugin %s was stopped before: unload it and load it again",
				   plugin->name);
	if (window->nr > plugin->nr_window)
		return core_refuse(why, -ENOSPC,
				   "plugin %s has room for windows of %u pages, this one has %u: "
				   "give it more with PLUGIN_WINDOW_BYTES",
				   plugin->name, plugin->nr_window, window->nr);
	return 0;
}

static void enlist(struct core_plugin *plugin, struct core_window *window, uint32_t offset)
{
	struct core_window **link;

	window->offset = offset;
	window->plugin = plugin;
	for (link = &plugin->windows; *link && (*link)->offset < offset; link = &(*link)->next)
		;
	window->next = *link;
	*link = window;
	plugin->nr_windows++;
}

int core_grant_held(struct core_plugin *plugin, struct core_window *window, struct core_reason *why)
{
	struct plugin_window request = { .nr = window->nr, .flags = window->flags };
	int err = check_room(plugin, window, why);

	if (err)
		return err;
	err = (int)port_plugin_grant(plugin->handle, &request, window->mfns);
	if (err)
		return refuse_grant(plugin, window, err, why);
	enlist(plugin, window, request.offset);
	return 0;
}

int core_list_frames(struct core_window *window, struct core_reason *why)
{
	uint32_t i;

	window->plugin = NULL;
	window->mfns = NULL;
	if (!window->nr || window->nr > PLUGIN_WINDOW_PAGES_MAX ||
	    window->flags & ~PLUGIN_WINDOW_WRITE)
		return core_refuse(why, -EINVAL,
				   "a window of %u pages with flags 0x%x cannot be: give 1 to %u "
				   "pages",
				   window->nr, window->flags, PLUGIN_WINDOW_PAGES_MAX);
	window->mfns = port_alloc(window->nr * sizeof(*window->mfns));
	if (!window->mfns)
		return core_refuse(why, -ENOMEM, "there is no memory to grant a window: free some");
	for (i = 0; i < window->nr; i++)
		window->mfns[i] = window->frames[i].mfn;
	return 0;
}

void core_list_no_frames(struct core_window *window)
{
	port_free(window->mfns);
	window->mfns = NULL;
}

/* Grant the window to @plugin or, if that is NULL, to the plugin that has the name. */
static int grant(struct core_plugin *plugin, const char *name, struct core_window *window,
		 struct core_reason *why)
{
	bool bound = plugin;
	int err = core_list_frames(window, why);

	if (err)
		return err;
	port_lock();
	if (!plugin)
		plugin = core_find(name);
	if (!plugin)
		err = core_refuse_name(name, why);
	else
		err = check_state(plugin, bound, why);
	if (!err)
		err = core_grant_held(plugin, window, why);
	port_unlock();
	core_list_no_frames(window);
	return err;
}

int core_grant(const char *name, struct core_window *window, struct core_reason *why)
{
	return grant(NULL, name, window, why);
}

int core_grant_target(const struct core_target *target, struct core_window *window,
		      struct core_reason *why)
{
	return grant(target->plugin, NULL, window, why);
}

int core_grant_own(struct core_plugin *plugin, struct core_window *window, struct core_reason *why)
{
	int err;

	port_lock();
	err = core_grant_held(plugin, window, why);
	port_unlock();
	return err;
}

int core_revoke_held(struct core_window *window, struct core_reason *why)
{
	struct core_plugin *plugin = window->plugin;
	struct core_window **link;
	long err = 0;

	/*
	 * The lock is not held while an unload destroys the plugin: the monitor may have done so
	 * already (-ENOENT), and has unmapped the window then.
	 */
	if (plugin && plugin->handle)
		err = port_plugin_op(PLUGINOP_revoke, plugin->handle, window->offset);
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
	return (int)err;
}

int core_revoke(struct core_window *window, struct core_reason *why)
{
	int err;

	port_lock();
	err = core_revoke_held(window, why);
	port_unlock();
	return err;
}

void core_drop_windows(struct core_plugin *plugin)
{
	struct core_window *window;

	port_lock();
	while ((window = plugin->windows)) {
		plugin->windows = window->next;
		window->plugin = NULL;
	}
	plugin->nr_windows = 0;
	port_unlock();
}
