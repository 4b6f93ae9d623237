// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of plugins: kill, unload and replacement.
 *
 * One caller destroys a plugin: the caller that makes the plugin UNLOADING or, if a call is
 * under way then, the caller of that call when the call ends. Holders of other references only
 * read an UNLOADING plugin.
 */
#include "graft/graft.h"
#include "life/life.h"

static void free_frames(struct core_plugin *plugin)
{
	while (plugin->nr_frames) {
		struct core_frame *frame = &plugin->frames[--plugin->nr_frames];

		port_frame_free(frame->address, frame->mfn);
	}
}

void core_free_plugin(struct core_plugin *plugin)
{
	free_frames(plugin);
	core_free_graft_window(plugin);
	core_free_rings(plugin);
	core_views_drop(plugin);
	port_free(plugin->frames);
	port_free(plugin->entries);
	core_symbols_drop(&plugin->symbols);
	core_lines_drop(&plugin->lines);
	port_free(plugin);
}

/*
 * Destroy the plugin in the monitor. 0, or the monitor's errno: the frames are still mapped
 * for the plugin then, so the caller must not free them.
 */
long core_destroy(struct core_plugin *plugin)
{
	long err = plugin->handle ? port_plugin_op(PLUGINOP_destroy, plugin->handle, 0) : 0;

	if (!err)
		plugin->handle = 0;
	return err;
}

void core_note_fault(struct core_plugin *plugin)
{
	struct core_fault_context context;
	char line[CORE_FAULT_LINE_SIZE];
	struct plugin_query query;

	memset(&query, 0, sizeof(query));
	if (port_plugin_query(plugin->handle, &query) || !query.fault.status)
		return;
	plugin->fault = query.fault;
	core_fault_context(plugin, &context);
	core_fault_line(line, sizeof(line), &plugin->fault, &context);
	port_warn(line);
}

void core_settle(struct core_plugin *plugin)
{
	if (plugin->killed && !plugin->fault.status) {
		port_plugin_op(PLUGINOP_kill, plugin->handle, 0);
		core_note_fault(plugin);
	}
	plugin->state = plugin->stopped || plugin->killed ? CORE_DEAD : CORE_IDLE;
	if (plugin->state == CORE_DEAD)
		core_grafts_leave(plugin, CORE_OUTCOME_STOPPED);
}

/*
 * With the lock: kill the plugin. A call under way ends when its caller continues it, see
 * run_call(). 0 or an errno with a reason.
 */
static int kill_found(struct core_plugin *plugin, struct core_reason *why)
{
	long err = 0;

	/*
	 * core_settle() kills a LOADING plugin at the end of its load. An UNLOADING plugin that
	 * has a name has no call that could go on: unload has killed it, or destroys it now.
	 */
	if (plugin->state != CORE_LOADING && plugin->state != CORE_UNLOADING)
		err = port_plugin_op(PLUGINOP_kill, plugin->handle, 0);
	if (err)
		return core_refuse(why, (int)err,
				   err == -ENOSYS ? "the monitor cannot kill plugins, and %s goes "
						    "on (error %ld): update it" :
						    "the monitor would not kill plugin %s (error "
						    "%ld): this kernel made a mistake, report it",
				   plugin->name, -err);
	plugin->killed = true;
	if (plugin->state == CORE_IDLE)
		core_settle(plugin);
	return 0;
}

int core_kill(const char *name, struct core_reason *why)
{
	struct core_plugin *plugin;
	int err;

	port_lock();
	plugin = core_find(name);
	err = plugin ? kill_found(plugin, why) : core_refuse_name(name, why);
	port_unlock();
	return err;
}

void core_end_call_of(struct core_plugin *plugin, enum core_cause cause, uint32_t limit_us)
{
	if (!plugin->killed) {
		plugin->cause = cause;
		plugin->limit_us = limit_us;
	}
	plugin->killed = true;
	/* Unlike kill_found() also if UNLOADING: the plugin may be replaced, in its last call. */
	port_plugin_op(PLUGINOP_kill, plugin->handle, 0);
}

void core_end_own_call(struct core_plugin *plugin, enum core_cause cause, uint32_t limit_us)
{
	port_lock();
	core_end_call_of(plugin, cause, limit_us);
	port_unlock();
}

/*
 * Destroy an UNLOADING plugin that has no call under way, and drop the lists' reference. On
 * an errno of the monitor the plugin stays listed, IDLE or DEAD.
 */
static int take_apart(struct core_plugin *plugin)
{
	int err = (int)core_destroy(plugin);

	if (err) {
		port_lock();
		core_settle(plugin);
		port_unlock();
	} else {
		core_drop_windows(plugin);
		if (!plugin->nameless)
			port_withdraw(plugin);
		core_delist(plugin);
	}
	port_wake();
	core_free_left_grafts();
	if (!err)
		core_put(plugin); /* drops the lists' reference */
	return err;
}

void core_reap(struct core_plugin *plugin)
{
	if (take_apart(plugin))
		port_warn("the monitor would not let go of a plugin that was to leave");
}

/* For port_wait(): has the unload of the plugin ended? */
static bool is_over(void *what)
{
	const struct core_plugin *plugin = what;
	bool over;

	port_lock();
	over = plugin->state != CORE_UNLOADING;
	port_unlock();
	return over;
}

static int refuse_unload(const char *name, int err, struct core_reason *why)
{
	return core_refuse(why, err,
			   "the monitor would not let go of plugin %.40s (error %d): it stays "
			   "loaded, try again",
			   name, -err);
}

static bool is_gone(const struct core_plugin *plugin)
{
	bool gone;

	port_lock();
	gone = plugin->state == CORE_GONE;
	port_unlock();
	return gone;
}

/*
 * Wait until the call of a killed, UNLOADING plugin has ended and the plugin is destroyed.
 * Drops the caller's reference. 0; -EINTR: a fatal signal ended the wait; -EIO: the monitor
 * did not destroy the plugin.
 */
static int await_end(struct core_plugin *plugin, struct core_reason *why)
{
	int err = 0;

	if (port_wait(is_over, plugin))
		err = core_refuse(why, -EINTR,
				  "plugin %.40s was killed, and is unloaded as soon as its call "
				  "has ended: wait for that",
				  plugin->name);
	else if (!is_gone(plugin))
		err = refuse_unload(plugin->name, -EIO, why);
	core_put(plugin);
	return err;
}

int core_unload(const char *name, bool kill, struct core_reason *why)
{
	struct core_plugin *plugin;
	bool busy;
	int err = 0;

	port_lock();
	plugin = core_find(name);
	busy = plugin && plugin->state == CORE_BUSY;
	if (!plugin) {
		err = core_refuse_name(name, why);
	} else if (plugin->state == CORE_LOADING || plugin->state == CORE_UNLOADING ||
		   (busy && !kill)) {
		err = core_refuse_busy(plugin, why);
	} else if (busy && core_depth()) {
		err = core_refuse(why, -EBUSY,
				  "plugin %s is running, and a service of a call cannot wait for "
				  "its end: unload it after the call, kill it or replace it",
				  plugin->name);
	} else {
		if (busy)
			err = kill_found(plugin, why);
		if (!err) {
			plugin->state = CORE_UNLOADING;
			core_grafts_leave(plugin, CORE_OUTCOME_UNLOADED);
			plugin->refs += busy;
		}
	}
	port_unlock();
	if (err)
		return err;
	if (busy)
		return await_end(plugin, why);
	err = take_apart(plugin);
	return err ? refuse_unload(name, err, why) : 0;
}

int core_take_name(struct core_plugin *plugin, bool kill, struct core_plugin **old,
		   struct core_reason *why)
{
	struct core_plugin *before;
	bool busy;
	int err = 0;

	port_lock();
	before = core_find(plugin->name);
	busy = before && before->state == CORE_BUSY;
	if (!before)
		err = core_refuse_name(plugin->name, why);
	else if (before->state == CORE_LOADING || before->state == CORE_UNLOADING)
		err = core_refuse_busy(before, why);
	else if (busy && kill)
		err = kill_found(before, why);
	if (!err) {
		before->state = CORE_UNLOADING;
		core_grafts_leave(before, CORE_OUTCOME_UNLOADED);
		core_pass_name(before, plugin);
		core_pass_turns(before, plugin);
		port_hand_over(before, plugin);
		core_settle(plugin);
		*old = busy ? NULL : before;
	}
	port_unlock();
	return err;
}
