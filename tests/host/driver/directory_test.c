// SPDX-License-Identifier: MIT
/*
 * The directory of a plugin in sysfs, in a played Linux and with the real plugin core.
 *
 * Claims: each fact that <linux/ringfence_facts.h> places in sysfs has a file with its value;
 * the list of entries is whole however long it is, and however it is read; each file is read
 * with the registry's lock held. Prints each file and its contents, for the test that calls
 * this. Cannot tell: what Linux makes of these files.
 */
#include "../check.h"
#include "facts.h"
#include "fake_monitor.h"

#define ENTRIES PLG_ENTRIES_MAX

int directory_publish(struct core_plugin *plugin);
void directory_withdraw(struct core_plugin *plugin);

long linux_memory;

void *linux_alloc(size_t size)
{
	linux_memory++;
	return calloc(1, size);
}

void kfree(const void *memory)
{
	linux_memory -= !!memory;
	free((void *)memory);
}

static struct core_plugin plugin;
static struct plg_entry entries[ENTRIES];

/* A plugin with as many entries as there can be, which the registry does not know. */
static void fill(void)
{
	uint32_t i;

	plugin.id = 7;
	plugin.state = CORE_DEAD;
	plugin.mode = PLUGIN_MODE_PAGE;
	plugin.abi = 1 << 16 | 2;
	plugin.calls = 0x100000003;
	plugin.nr_data = 5;
	plugin.nr_heap = 2;
	plugin.nr_frames = 9;
	plugin.text_limit = 0x1fff;
	plugin.used.cpu = 5000000000000000;
	plugin.fault.status = PLUGIN_STATUS_TIMEOUT;
	plugin.services.allowed[0] = 6;
	plugin.rejected = 4;
	strcpy(plugin.name, "p");
	strcpy(plugin.about.version, "1.0");
	strcpy(plugin.about.description, "does nothing");
	plugin.entries = entries;
	plugin.nr_entries = ENTRIES;
	for (i = 0; i < ENTRIES; i++)
		snprintf(entries[i].name, sizeof(entries[i].name), "entry_%u_%.*s", i,
			 (int)(i * 7 % 40), "_______________________________________________");
}

static void show_files(struct kobject *kobj, struct attribute **files)
{
	static char page[PAGE_SIZE];
	ssize_t length;

	for (; *files; files++) {
		length = kobj->type->sysfs_ops->show(kobj, *files, page);
		CHECK(length >= 0 && length < (ssize_t)PAGE_SIZE && !fake.locked);
		printf("%s %03o: %.*s%s", (*files)->name, (*files)->mode, (int)length, page,
		       length && page[length - 1] == '\n' ? "" : "\n");
	}
}

/* Reads the file in pieces of @step bytes at most. Returns how many bytes there were. */
static size_t read_entries(struct kobject *kobj, struct bin_attribute *file, size_t step, char *to,
			   size_t size)
{
	size_t used = 0;
	ssize_t length;

	do {
		CHECK(used + step <= size);
		length = file->read(NULL, kobj, file, to + used, (loff_t)used, step);
		CHECK(length >= 0 && length <= (ssize_t)step && !fake.locked);
		used += (size_t)length;
	} while (length);
	return used;
}

static void check_entries(struct kobject *kobj, struct bin_attribute *file)
{
	static const size_t steps[] = { 1, 2, 55, 56, 57, 4095, PAGE_SIZE };
	static char expected[ENTRIES * 64], got[ENTRIES * 64 + PAGE_SIZE];
	size_t length = 0, i;

	CHECK(!strcmp(file->attr.name, "entries") && file->attr.mode == 0444 && !file->size);
	for (i = 0; i < ENTRIES; i++)
		length += (size_t)sprintf(expected + length, "%s\n", entries[i].name);
	CHECK(length > PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		memset(got, 0, sizeof(got));
		CHECK(read_entries(kobj, file, steps[i], got, sizeof(got)) == length);
		CHECK(!strcmp(got, expected));
	}
	CHECK(!file->read(NULL, kobj, file, got, 1ll << 40, PAGE_SIZE));
}

int main(void)
{
	const struct attribute_group *group;
	struct kobject *kobj;

	fill();
	CHECK(!directory_publish(&plugin) && plugin.port);
	kobj = plugin.port; /* the first member of its structure */
	CHECK(!strcmp(kobj->name, "p"));
	group = kobj->type->default_groups[0];
	CHECK(!kobj->type->default_groups[1] && !group->bin_attrs[1]);
	show_files(kobj, group->attrs);
	check_entries(kobj, group->bin_attrs[0]);
	directory_withdraw(&plugin);
	CHECK(!plugin.port && !linux_memory);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
