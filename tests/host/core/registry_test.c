// SPDX-License-Identifier: MIT
/*
 * The registry of the plugin core, against a fake monitor.
 *
 * Claims: a loaded plugin can be called and unloaded. Every refusal has its errno and a
 * reason. Whatever step fails, nothing leaks, and the lock is not held while a function
 * may sleep. Cannot tell: anything about a real monitor.
 *
 * Arguments: hello.plg; many.plg, a plugin with two entries; and the line of many.c in
 * which the code of its entry `first` begins.
 */
#include <stdlib.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"

static struct core_reason why;
static struct core_result result;
static uint32_t id;

static int load_as(const char *name, const void *image, size_t size, uint32_t budget_us,
		   uint32_t *number, struct core_reason *reason)
{
	struct core_load load = {
		.name = name, .image = image, .size = size, .budget_us = budget_us
	};

	return core_load(&load, number, reason);
}

static void check_empty(void)
{
	CHECK(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.locked);
	port_lock();
	CHECK(!core_next(0));
	port_unlock();
}

static void check_reason(const char *part)
{
	checks++;
	if (!strstr(why.text, part)) {
		fprintf(stderr, "reason \"%s\" does not say \"%s\"\n", why.text, part);
		exit(1);
	}
	memset(&why, 0, sizeof(why));
}

static void load_call_unload(struct bytes hello)
{
	uint32_t args[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct core_plugin *plugin;

	CHECK(!load_as("", hello.at, hello.size, 0, &id, &why));
	CHECK(fake.published == 1 && fake.handles == 1);
	CHECK(fake.text_word == 0x5508ec83); /* sub $8,%esp; push %ebp: the start stub */
	CHECK(fake.created.nr_stack == 4);
	port_lock();
	plugin = core_find("hello");
	CHECK(plugin && plugin->state == CORE_IDLE && plugin->id == id);
	CHECK(plugin->budget_us == 100000 && plugin->mode == PLUGIN_MODE_SEGMENT);
	CHECK(!strcmp(plugin->about.version, "1.0"));
	CHECK(core_next(0) == plugin && !core_next(id));
	port_unlock();

	fake.value = 43;
	CHECK(!core_call("hello", "main", args, 6, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_OK && result.value == 43);
	CHECK(fake.nr_args == 6 && fake.args[5] == 6 && fake.entry >= PLUGIN_TEXT_BASE);
	CHECK(!core_call("hello", "main", NULL, 0, &result, &why));
	CHECK(plugin->calls == 2 && !plugin->faults);

	CHECK(core_call("hello", "main", args, 7, &result, &why) == -E2BIG);
	check_reason("at most 6 arguments");
	CHECK(core_call("hallo", "main", args, 1, &result, &why) == -ENOENT);
	check_reason("no plugin named hallo");
	CHECK(core_call("hello", "mein", args, 1, &result, &why) == -ENOENT);
	check_reason("no entry named mein: it has main");
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -EEXIST);
	check_reason("already loaded");
	CHECK(core_unload("hallo", false, &why) == -ENOENT);
	check_reason("no plugin named hallo");
	CHECK(plugin->calls == 2);

	CHECK(!core_unload("hello", false, &why));
	check_empty();
	CHECK(core_unload("hello", false, &why) == -ENOENT);
}

/* Copy of hello.plg with @name, of at most 7 characters, in the note of PLUGIN(). */
static struct bytes renamed(struct bytes hello, const char *name)
{
	static const uint8_t note[] = "Ringfence\0\0"; /* 12 bytes, with C's zero */
	struct bytes copy = { malloc(hello.size), hello.size };
	size_t at, done = 0;

	memcpy(copy.at, hello.at, hello.size);
	for (at = 0; at + sizeof(note) + 8 < copy.size; at++)
		if (!memcmp(copy.at + at, note, sizeof(note)) &&
		    !memcmp(copy.at + at + sizeof(note), "hello\0\0", 8)) {
			memcpy(copy.at + at + sizeof(note), name, strlen(name) + 1);
			done++;
		}
	CHECK(done == 1);
	return copy;
}

/* The name in a file is checked like a name that is given. */
static void names_in_files(struct bytes hello)
{
	static const struct {
		const char *name, *part;
	} bad[] = {
		{ "monitor", "cannot be named monitor" },
		{ ".", "is not one" },
		{ "..", "is not one" },
		{ "a/b", "is not one" },
		{ "-a", "is not one" },
		{ "a b", "is not one" },
		{ "a\n", "is not one" },
		{ "\xc3\xa4", "is not one" },
	};
	struct bytes file;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		file = renamed(hello, bad[i].name);
		CHECK(load_as("", file.at, file.size, 0, &id, &why) < 0);
		check_reason(bad[i].part);
		check_empty();
		if (!i) { /* if a name is given, the name in the file may be reserved */
			CHECK(!load_as("other", file.at, file.size, 0, &id, &why));
			CHECK(!core_unload("other", false, &why));
		}
		free(file.at);
	}
	CHECK(load_as("monitor", hello.at, hello.size, 0, &id, &why) == -EINVAL);
	check_reason("cannot be named monitor");
	check_empty();
}

static void names_and_budgets(struct bytes hello)
{
	static const char *const bad[] = {
		"-x", ".x", "a b", "a/b", "..", "\xc3\xa4", "a23456789012345678901234567890123"
	};
	uint32_t first;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(load_as(bad[i], hello.at, hello.size, 0, &id, &why) == -EINVAL);
		check_reason("is not a plugin's name");
	}
	CHECK(load_as("x", hello.at, hello.size, 10000001, &id, &why) == -EINVAL);
	check_reason("too long");
	check_empty();
	CHECK(!load_as("a2345678901234567890123456789-1", hello.at, hello.size, 7, &first, &why));
	CHECK(fake.created.budget_us == 7);
	CHECK(!load_as("b", hello.at, hello.size, 0, &id, &why));
	CHECK(id > first);
	port_lock();
	CHECK(core_next(first) == core_find("b"));
	port_unlock();
	CHECK(!core_unload("a2345678901234567890123456789-1", false, &why));
	CHECK(!core_unload("b", false, &why));
	check_empty();
}

/* While the plugin runs, an unload and a nested call are refused. */
static void meanwhile(void)
{
	struct core_result other;

	CHECK(core_unload("hello", false, &why) == -EBUSY);
	check_reason("hello is running");
	CHECK(core_call("hello", "main", NULL, 0, &other, &why) == -EBUSY);
	check_reason("hello is running");
}

static void busy(struct bytes hello)
{
	CHECK(!load_as("", hello.at, hello.size, 0, &id, &why));
	fake.during_call = meanwhile;
	CHECK(!core_call("hello", "main", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_OK);
	fake.during_call = NULL;
	CHECK(!core_unload("hello", false, &why));
	check_empty();
}

static void fault_and_death(struct bytes many, const char *first_line)
{
	struct core_plugin *plugin;
	uint32_t into, entry;
	char place[80];

	CHECK(!load_as("", many.at, many.size, 250, &id, &why));
	port_lock();
	plugin = core_find("many");
	port_unlock();
	CHECK(plugin->nr_entries == 2 && plugin->nr_heap == 3);
	CHECK(!strcmp(core_symbol_at(&plugin->symbols, plugin->entries[1].offset, &into),
		      plugin->entries[1].name) &&
	      !into);
	CHECK(!core_symbol_at(&plugin->symbols, 0, &into));
	CHECK(!core_symbol_at(&plugin->symbols, 0xffffffff, &into));

	fake.warnings = 0;
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_FAULT,
					   .vector = 14,
					   .flags = PLUGIN_FAULT_ADDRESS | PLUGIN_FAULT_WRITE,
					   .address = 0xc0100000,
					   .eip = plugin->entries[0].offset,
					   .esp = plugin->data_limit & ~3u };
	entry = plugin->entries[0].offset;
	CHECK(!core_call("many", "first", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_FAULT && !result.value);
	CHECK(fake.warnings == 1);
	CHECK(strstr(fake.warning, "plugin many was stopped in call 1: page fault, writing "
				   "0xc0100000, past its limit 0x"));
	snprintf(place, sizeof(place), "; at first+0x0 (many.c:%s, eip 0x%x)", first_line, entry);
	CHECK(strstr(fake.warning, place));
	CHECK(plugin->state == CORE_DEAD && plugin->faults == 1 && plugin->calls == 1);

	CHECK(!core_call("many", "first", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_DEAD && plugin->state == CORE_DEAD);
	CHECK(plugin->faults == 1 && plugin->calls == 1 && fake.warnings == 1);
	CHECK(core_call("many", "third", NULL, 0, &result, &why) == -ENOENT);
	check_reason("it has first and others");
	memset(&fake.next, 0, sizeof(fake.next));
	CHECK(!core_unload("many", false, &why));

	CHECK(!load_as("", many.at, many.size, 250, &id, &why));
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_TIMEOUT, .vector = 32 };
	CHECK(!core_call("many", "second", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_TIMEOUT);
	CHECK(strstr(fake.warning, "it exceeded its budget of 250 us: "));
	CHECK(strstr(fake.warning, "; at eip 0x0"));
	CHECK(!core_unload("many", false, &why));

	CHECK(!load_as("", many.at, many.size, 0, &id, &why));
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_FORBIDDEN,
					   .eax = 99,
					   .eip = entry + 1 };
	CHECK(!core_call("many", "second", NULL, 0, &result, &why));
	CHECK(strstr(fake.warning, "asked the gate for service 99, which this kernel does not "
				   "have: see docs/services.md; at first+0x1 (many.c:"));
	CHECK(!core_unload("many", false, &why));

	CHECK(!load_as("", many.at, many.size, 0, &id, &why));
	fake.next.eax = 6;
	CHECK(!core_call("many", "second", NULL, 0, &result, &why));
	CHECK(strstr(fake.warning, "service 6 (random), which it may not have: load it with "
				   "--allow; at first+0x1 (many.c:"));
	CHECK(!core_unload("many", false, &why));
	memset(&fake.next, 0, sizeof(fake.next));
	check_empty();
}

/* The reason counts the pages as hv/plugin/registry.c does. */
static void no_room(struct bytes file)
{
	const struct plugin_create *c = &fake.created;
	char part[64];
	uint32_t pages;

	fake.refuse_create = -ENOMEM;
	CHECK(load_as("", file.at, file.size, 0, &id, &why) == -ENOMEM);
	pages = c->nr_text + c->nr_rodata + c->nr_data + c->nr_stack + 2;
	if (c->nr_window)
		pages += 1 + c->nr_window;
	snprintf(part, sizeof(part), "list of the %u pages of plugin", pages);
	check_reason(part);
	fake.refuse_create = 0;
	check_empty();
}

static void monitor_refuses(struct bytes hello)
{
	static const struct {
		int err;
		const char *part;
	} cases[] = {
		{ -ENOSPC, "the monitor has no slot for plugin hello: 0 of 16 are in use; list" },
		{ -ENOMEM, "pages of plugin hello: 0 of 16 plugins are loaded; unload" },
		{ -ENOEXEC, "another plugin ABI" },
		{ -EPERM, "initial domain" },
		{ -ENOSYS, "on the Ringfence monitor" },
		{ -EFAULT, "report it" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake.refuse_create = cases[i].err;
		CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == cases[i].err);
		check_reason(cases[i].part);
		check_empty();
	}
	fake.refuse_create = 0;
	fake.refuse_query = -EFAULT;
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -EFAULT);
	fake.refuse_query = 0;
	check_empty();
	fake.refuse_publish = -ENOMEM;
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -ENOMEM);
	check_reason("cannot be shown");
	fake.refuse_publish = 0;
	check_empty();

	CHECK(!load_as("", hello.at, hello.size, 0, &id, &why));
	fake.refuse_destroy = -EBUSY;
	CHECK(core_unload("hello", false, &why) == -EBUSY);
	check_reason("stays loaded");
	fake.refuse_destroy = 0;
	CHECK(!core_call("hello", "main", NULL, 0, &result, &why));
	CHECK(!core_unload("hello", false, &why));
	check_empty();
}

/* Each allocation of a load fails once. A plugin can be loaded without symbols or lines only. */
static void no_memory(struct bytes many)
{
	long total, at, failed = 0;

	fake.allocations = 0;
	CHECK(!load_as("", many.at, many.size, 0, &id, &why));
	total = fake.allocations;
	CHECK(!core_unload("many", false, &why));
	check_empty();
	for (at = 1; at <= total; at++) {
		int err;

		fake.allocations = 0;
		fake.fail_at = at;
		err = load_as("", many.at, many.size, 0, &id, &why);
		fake.fail_at = 0;
		if (err) {
			CHECK(err == -ENOMEM);
			check_reason("no memory");
			failed++;
		} else {
			CHECK(!core_unload("many", false, &why));
		}
		check_empty();
	}
	CHECK(failed == total - 2);
}

static void too_many(struct bytes hello)
{
	char name[16];
	int i;

	for (i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		CHECK(!load_as(name, hello.at, hello.size, 0, &id, &why));
	}
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -ENOSPC);
	check_reason("no slot for plugin hello: 16 of 16 are in use, the longest by p0; list");
	fake.refuse_info = -ENOSYS;
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -ENOSPC);
	check_reason("no room for plugin hello (error 28): unload one");
	fake.refuse_info = 0;
	CHECK(!core_unload("p0", false, &why));
	fake.refuse_create = -ENOMEM;
	CHECK(load_as("", hello.at, hello.size, 0, &id, &why) == -ENOMEM);
	check_reason("15 of 16 plugins are loaded, the largest is p1; unload some");
	fake.refuse_create = 0;
	CHECK(!load_as("p0", hello.at, hello.size, 0, &id, &why));
	for (i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "p%d", i * 5 % 16);
		CHECK(!core_unload(name, false, &why));
	}
	check_empty();
}

int main(int argc, char **argv)
{
	struct bytes hello, many;

	if (argc != 4) {
		fprintf(stderr, "usage: registry_test hello.plg many.plg LINE\n");
		return 2;
	}
	hello = read_file(argv[1]);
	many = read_file(argv[2]);
	check_empty();
	load_call_unload(hello);
	names_and_budgets(hello);
	names_in_files(hello);
	busy(hello);
	fault_and_death(many, argv[3]);
	no_room(hello);
	no_room(many);
	monitor_refuses(hello);
	no_memory(many);
	too_many(hello);
	free(hello.at);
	free(many.at);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
