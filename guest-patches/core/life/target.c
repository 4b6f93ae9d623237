// SPDX-License-Identifier: GPL-2.0-only
/* Targets: entries of plugins, found by name once and called often. */
#include "life/life.h"
#include "life/target.h"

const struct plg_entry *core_find_entry(const struct core_plugin *plugin, const char *name)
{
	uint32_t i;

	for (i = 0; i < plugin->nr_entries; i++)
		if (!strcmp(plugin->entries[i].name, name))
			return &plugin->entries[i];
	return NULL;
}

int core_refuse_entry(const struct core_plugin *plugin, const char *name, struct core_reason *why)
{
	return core_refuse(why, -ENOENT, "plugin %s has no entry named %.60s: it has %s%s",
			   plugin->name, name, plugin->entries[0].name,
			   plugin->nr_entries > 1 ? " and others, see show" : "");
}

int core_bind(const char *name, const char *entry, struct core_target *target,
	      struct core_reason *why)
{
	struct core_plugin *plugin;
	const struct plg_entry *found;
	int err = 0;

	target->plugin = NULL;
	port_lock();
	plugin = core_find(name);
	if (!plugin) {
		err = core_refuse_name(name, why);
	} else if (plugin->state == CORE_LOADING || plugin->state == CORE_UNLOADING) {
		err = core_refuse_busy(plugin, why);
	} else {
		found = core_find_entry(plugin, entry);
		if (!found) {
			err = core_refuse_entry(plugin, entry, why);
		} else {
			plugin->refs++;
			target->plugin = plugin;
			target->entry = found->name;
			target->offset = found->offset;
			target->flags = found->flags;
		}
	}
	port_unlock();
	return err;
}

void core_unbind(struct core_target *target)
{
	if (target->plugin)
		core_put(target->plugin);
	target->plugin = NULL;
}
