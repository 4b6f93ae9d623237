// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/plugins: a directory for each plugin, and one for the monitor.
 *
 * A plugin's directory has the plugin's name. When the plugin is replaced, the directory
 * passes to the new plugin, with the registry's lock held. All files of the directory are
 * read with the lock held.
 */
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "core/service/service.h"
#include "facts.h"
#include "plugins.h"

static struct kobject *plugins_dir;
static struct plugin_info monitor_info;

struct directory {
	struct kobject kobj;
	const struct core_plugin *plugin; /* the registry's lock guards it */
};

static const struct core_plugin *plugin_of(struct kobject *kobj)
{
	return container_of(kobj, struct directory, kobj)->plugin;
}

/* Prints a fact to a file's @buffer, by its meaning in <linux/ringfence_facts.h>. */
#define PRINT_NUMBER(value) sysfs_emit(buffer, "%llu\n", (unsigned long long)(value))
#define PRINT_COUNT(value)  PRINT_NUMBER(value)
#define PRINT_US(value)	    PRINT_NUMBER(value)
#define PRINT_BYTES(value)  PRINT_NUMBER(value)
#define PRINT_OFFSET(value) sysfs_emit(buffer, "%#llx\n", (unsigned long long)(value))
#define PRINT_ABI(value)    sysfs_emit(buffer, "%u.%u\n", (value) >> 16, (value)&0xffff)
#define PRINT_STATE(value)  sysfs_emit(buffer, "%s\n", core_state_name(value))
#define PRINT_MODE(value)   sysfs_emit(buffer, "%s\n", core_mode_name(value))
#define PRINT_STATUS(value) sysfs_emit(buffer, "%s\n", core_status_name(value))
#define PRINT_TEXT(value)   sysfs_emit(buffer, "%s\n", value)
#define PRINT_SET(value)    print_services(buffer, value)

/* The names of the services in @set, one a line. */
static ssize_t print_services(char *buffer, const u32 *set)
{
	ssize_t used = 0;
	u32 i;

	for (i = 0; i < PLUGIN_SERVICES_MAX; i++)
		if (set[i / 32] & 1u << i % 32)
			used += sysfs_emit_at(buffer, used, "%s\n", core_service_name(i));
	return used;
}

/* Files by the place of their fact: those of STRUCT have none. */
#define FILE_STRUCT(name, meaning)
#define FILE_SHOW(name, meaning) FILE_LIST(name, meaning)
#define FILE_LIST(name, meaning)                                                                \
	static ssize_t name##_show(struct kobject *kobj, struct kobj_attribute *, char *buffer) \
	{                                                                                       \
		struct ringfence_show show;                                                     \
                                                                                                \
		facts_read(plugin_of(kobj), &show);                                             \
		return PRINT_##meaning(show.name);                                              \
	}                                                                                       \
	static struct kobj_attribute name##_file = __ATTR(name, 0444, name##_show, NULL);

#define FACT_FILE(type, name, source, meaning, place, description) FILE_##place(name, meaning)
RINGFENCE_PLUGIN_FACTS(FACT_FILE)

/* All memory of the plugin but its windows: the sum of five facts. */
static ssize_t size_show(struct kobject *kobj, struct kobj_attribute *, char *buffer)
{
	return sysfs_emit(buffer, "%lu\n", plugin_of(kobj)->nr_frames * PAGE_SIZE);
}
static struct kobj_attribute size_file = __ATTR_RO(size);

/*
 * The names of the entries, one a line: more than a page if there are many. sysfs reads a page
 * at a time; if the plugin is replaced between two pages, the second one is of the new plugin.
 */
static ssize_t entries_read(struct file *, struct kobject *kobj, struct bin_attribute *,
			    char *buffer, loff_t skip, size_t room)
{
	const struct core_plugin *plugin;
	size_t used = 0;
	u32 i;

	port_lock();
	plugin = plugin_of(kobj);
	for (i = 0; i < plugin->nr_entries && used < room; i++) {
		char line[PLG_ENTRY_NAME_SIZE + 1];
		loff_t length = scnprintf(line, sizeof(line), "%s\n", plugin->entries[i].name);
		size_t some;

		if (skip >= length) {
			skip -= length;
			continue;
		}
		some = min_t(size_t, length - skip, room - used);
		memcpy(buffer + used, line + skip, some);
		used += some;
		skip = 0;
	}
	port_unlock();
	return used;
}
static struct bin_attribute entries_file = __BIN_ATTR(entries, 0444, entries_read, NULL, 0);

/* The report of the last fault in one line; empty if the plugin was never stopped. */
static ssize_t last_fault_show(struct kobject *kobj, struct kobj_attribute *attribute, char *buffer)
{
	const struct core_plugin *plugin = plugin_of(kobj);
	struct core_fault_context context;
	int used;

	if (!plugin->fault.status)
		return 0;
	core_fault_context(plugin, &context);
	used = core_fault_line(buffer, PAGE_SIZE - 1, &plugin->fault, &context);
	return used + sysfs_emit_at(buffer, used, "\n");
}
static struct kobj_attribute last_fault_file = __ATTR(last_fault, 0400, last_fault_show, NULL);

/* The last lines that the plugin logged; an untrusted plugin chooses their contents. */
static ssize_t log_show(struct kobject *kobj, struct kobj_attribute *attribute, char *buffer)
{
	return sysfs_emit(buffer, "%s", plugin_of(kobj)->log.text);
}
static struct kobj_attribute log_file = __ATTR(log, 0400, log_show, NULL);

#define ATTRIBUTE_STRUCT(name)
#define ATTRIBUTE_SHOW(name) &name##_file.attr,
#define ATTRIBUTE_LIST(name) &name##_file.attr,

#define FACT_ATTRIBUTE(type, name, source, meaning, place, description) ATTRIBUTE_##place(name)

static struct attribute *plugin_attrs[] = { &size_file.attr, &last_fault_file.attr, &log_file.attr,
					    RINGFENCE_PLUGIN_FACTS(FACT_ATTRIBUTE) NULL };

static struct bin_attribute *plugin_bin_attrs[] = { &entries_file, NULL };

static const struct attribute_group plugin_group = {
	.attrs = plugin_attrs,
	.bin_attrs = plugin_bin_attrs,
};
__ATTRIBUTE_GROUPS(plugin);

static void directory_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct directory, kobj));
}

/* Read any file of a plugin's directory but entries, with the registry's lock. */
static ssize_t show_locked(struct kobject *kobj, struct attribute *attribute, char *buffer)
{
	ssize_t length;

	port_lock();
	length = kobj_sysfs_ops.show(kobj, attribute, buffer);
	port_unlock();
	return length;
}

static const struct sysfs_ops locked_ops = { .show = show_locked };

static struct kobj_type plugin_type = {
	.sysfs_ops = &locked_ops,
	.default_groups = plugin_groups,
	.release = directory_release,
};

int port_publish(struct core_plugin *plugin)
{
	struct directory *directory = kzalloc(sizeof(*directory), GFP_KERNEL);
	int err;

	if (!directory)
		return -ENOMEM;
	directory->plugin = plugin;
	err = kobject_init_and_add(&directory->kobj, &plugin_type, plugins_dir, "%s", plugin->name);
	if (err) {
		kobject_put(&directory->kobj);
		return err;
	}
	plugin->port = directory;
	return 0;
}

void port_withdraw(struct core_plugin *plugin)
{
	struct directory *directory = plugin->port;

	plugin->port = NULL;
	kobject_del(&directory->kobj);
	kobject_put(&directory->kobj);
}

void port_hand_over(struct core_plugin *from, struct core_plugin *to)
{
	struct directory *directory = from->port;

	from->port = NULL;
	to->port = directory;
	directory->plugin = to;
}

/* @word if the monitor enforces what @bit, a PLUGIN_ENFORCES_*, stands for; else "". */
static const char *enforced(u32 bit, const char *word)
{
	return monitor_info.enforces & bit ? word : "";
}

#define MONITOR_FILE(name, ...)                                                         \
	static ssize_t monitor_##name##_show(struct kobject *, struct kobj_attribute *, \
					     char *buffer)                              \
	{                                                                               \
		return sysfs_emit(buffer, __VA_ARGS__);                                 \
	}                                                                               \
	static struct kobj_attribute monitor_##name##_file =                            \
		__ATTR(name, 0444, monitor_##name##_show, NULL)

MONITOR_FILE(abi, "%u.%u\n", monitor_info.abi >> 16, monitor_info.abi & 0xffff);
MONITOR_FILE(mode, "%s\n", core_mode_name(monitor_info.mode));
MONITOR_FILE(tick_us, "%u\n", monitor_info.tick_us);
MONITOR_FILE(budget_us, "%u\n", monitor_info.budget_us);
MONITOR_FILE(plugins_max, "%u\n", monitor_info.plugins_max);
MONITOR_FILE(enforces, "%s%s%s%s%s\n", enforced(PLUGIN_ENFORCES_LIMIT, "limit "),
	     enforced(PLUGIN_ENFORCES_NX, "nx "), enforced(PLUGIN_ENFORCES_WP, "wp "),
	     enforced(PLUGIN_ENFORCES_IO_BITMAP, "io_bitmap "),
	     enforced(PLUGIN_ENFORCES_UMIP, "umip "));

static const struct attribute *const monitor_attrs[] = {
	&monitor_abi_file.attr,
	&monitor_mode_file.attr,
	&monitor_tick_us_file.attr,
	&monitor_budget_us_file.attr,
	&monitor_plugins_max_file.attr,
	&monitor_enforces_file.attr,
	NULL,
};

int __init plugins_directory_init(const struct plugin_info *info)
{
	struct kobject *monitor;
	int err = -ENOMEM;

	monitor_info = *info;
	plugins_dir = kobject_create_and_add("plugins", kernel_kobj);
	if (!plugins_dir)
		return -ENOMEM;
	monitor = kobject_create_and_add(CORE_RESERVED_NAME, plugins_dir);
	if (monitor)
		err = sysfs_create_files(monitor, monitor_attrs);
	if (err) {
		kobject_put(monitor);
		kobject_put(plugins_dir);
	}
	return err;
}
