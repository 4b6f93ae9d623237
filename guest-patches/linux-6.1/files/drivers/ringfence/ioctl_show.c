// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls that only read: info, show, entry, fault. */
#include <linux/mm.h>

#include "facts.h"
#include "ioctl.h"
#include "points.h"

static_assert(RINGFENCE_ENTRY_SIZE == PLG_ENTRY_NAME_SIZE);
static_assert(RINGFENCE_LINE_SIZE == CORE_FAULT_LINE_SIZE);
static_assert(RINGFENCE_SOURCE_SIZE == PLG_FILE_NAME_SIZE);
static_assert(offsetofend(struct ringfence_fault, call) -
		      offsetof(struct ringfence_fault, status) ==
	      sizeof(struct plugin_fault));

int ioctl_info(void *arg, struct core_reason *why)
{
	struct ringfence_info *info = arg;
	struct plugin_info now;
	long err = port_plugin_info(&now);

	if (err)
		return core_refuse(
			why, err,
			"the monitor does not answer (error %ld): run this kernel on Ringfence",
			-err);
	info->uapi = RINGFENCE_UAPI_VERSION;
	info->abi = now.abi;
	info->mode = now.mode;
	info->enforces = now.enforces;
	info->tick_us = now.tick_us;
	info->budget_us = now.budget_us;
	info->plugins = now.plugins;
	info->plugins_max = now.plugins_max;
	info->pages_free = now.pages_free;
	return 0;
}

int ioctl_show(void *arg, struct core_reason *why)
{
	struct ringfence_show *show = arg;
	const struct core_plugin *plugin;
	int err;

	err = ioctl_check_text(show->name, sizeof(show->name), "name", why);
	if (err)
		return err;
	port_lock();
	plugin = show->head.flags ? core_next(show->id) : core_find(show->name);
	if (!plugin)
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  show->name);
	else
		facts_read(plugin, show);
	port_unlock();
	return err;
}

int ioctl_entry(void *arg, struct core_reason *why)
{
	struct ringfence_entry *entry = arg;
	const struct core_plugin *plugin;
	const struct core_point *point;
	int err;

	err = ioctl_check_text(entry->name, sizeof(entry->name), "name", why);
	if (err)
		return err;
	port_lock();
	plugin = core_find(entry->name);
	if (!plugin || plugin->state == CORE_LOADING) {
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  entry->name);
	} else if (entry->index >= plugin->nr_entries) {
		err = core_refuse(why, -ENOENT, "plugin %s has %u entries", plugin->name,
				  plugin->nr_entries);
	} else {
		entry->offset = plugin->entries[entry->index].offset;
		strscpy(entry->entry, plugin->entries[entry->index].name, sizeof(entry->entry));
		point = point_numbered(plugin->entries[entry->index].flags >> 16);
		strscpy_pad(entry->point, point ? point->name : "", sizeof(entry->point));
	}
	port_unlock();
	return err;
}

void ioctl_tell_fault(const struct core_plugin *plugin, struct ringfence_fault *fault)
{
	struct core_fault_context context;
	const char *symbol, *file;
	uint32_t code;

	/* ioctl_fault() got these fields from the user: what is not known is not to stay there. */
	memset_startat(fault, 0, status);
	memcpy(&fault->status, &plugin->fault, sizeof(plugin->fault));
	fault->text_limit = plugin->text_limit;
	fault->data_limit = plugin->data_limit;
	fault->budget_us = plugin->call_budget_us;
	strscpy(fault->vector_name, core_vector_name(fault->vector), sizeof(fault->vector_name));
	code = core_fault_code(&plugin->fault);
	symbol = core_symbol_at(&plugin->symbols, code, &fault->symbol_offset);
	if (symbol) {
		strscpy(fault->symbol, symbol, sizeof(fault->symbol));
		fault->symbol_offset += fault->eip - code;
	} else {
		fault->symbol_offset = 0;
	}
	file = core_line_at(&plugin->lines, code, &fault->source_line);
	if (file)
		strscpy(fault->source_file, file, sizeof(fault->source_file));
	else
		fault->source_line = 0;
	core_fault_context(plugin, &context);
	core_fault_line(fault->line, sizeof(fault->line), &plugin->fault, &context);
}

int ioctl_fault(void *arg, struct core_reason *why)
{
	struct ringfence_fault *fault = arg;
	const struct core_plugin *plugin;
	int err;

	err = ioctl_check_text(fault->name, sizeof(fault->name), "name", why);
	if (err)
		return err;
	port_lock();
	plugin = core_find(fault->name);
	if (!plugin)
		err = core_refuse(why, -ENOENT, "there is no plugin named %s: load it first",
				  fault->name);
	else if (!plugin->fault.status)
		err = core_refuse(why, -ENODATA, "plugin %s was never stopped: it has no record",
				  plugin->name);
	else
		ioctl_tell_fault(plugin, fault);
	port_unlock();
	return err;
}
