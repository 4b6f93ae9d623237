// SPDX-License-Identifier: MIT
/*
 * Claim: the plugin core of guest-patches/core and the monitor work together. A plugin
 * made by plugin-cc is loaded, called with its arguments, returns its value and keeps
 * its data. A plugin that misbehaves is stopped, reported with the name of its function,
 * and can be unloaded. Allowed services are answered, others refused. Windows are
 * granted and revoked. No memory stays in use. A service neither reads nor writes memory
 * outside of the plugin, whatever address the plugin gives it (row 20 of
 * docs/threat-model.md).
 *
 * Provoked by: the SDK's examples, tests/plugins/many, and thief.c, as files.
 *
 * Cannot tell: how Linux drives the core (tests/linux/plugin_session.py); all ways of
 * misbehaving (plugin-escape).
 */
#include <lib/escape.h>
#include <lib/test.h>

#include "life/registry.h"
#include "surroundings.h"

#define IMAGE(name) extern const u8 image_##name[], image_##name##_end[]
IMAGE(hello);
IMAGE(sum);
IMAGE(wild);
IMAGE(spin);
IMAGE(many);
IMAGE(logger);
IMAGE(gray);
IMAGE(thief);

static struct core_reason why;

#define load(image) load_image(#image, image_##image, image_##image##_end)

static const u32 *allowed; /* services allowed at the next load */
static u32 strikes;

static void load_image(const char *name, const u8 *image, const u8 *end)
{
	struct core_load what = { .name = "",
				  .image = image,
				  .size = end - image,
				  .strikes = strikes,
				  .allowed = allowed };
	u32 id;
	int err = core_load(&what, &id, &why);

	require(!err, "load %s: %d, %s", name, err, why.text);
}

static void unload(const char *name)
{
	int err = core_unload(name, false, &why);

	check_eq(err, 0, "unload %s: %s", name, why.text);
}

static struct core_result call(const char *name, const char *entry, const u32 *args, u32 nr)
{
	struct core_result result = { ~0u, ~0u };
	int err = core_call(name, entry, args, nr, &result, &why);

	check_eq(err, 0, "call %s: %s", name, why.text);
	return result;
}

static void check_value(const char *name, const char *entry, const u32 *args, u32 nr, u32 value)
{
	struct core_result result = call(name, entry, args, nr);

	check_eq(result.status, PLUGIN_STATUS_OK, "status of %s", name);
	check_eq(result.value, value, "value of %s", name);
}

static u32 lcg_sum(u32 n, u32 seed)
{
	u32 total = 0;

	while (n--) {
		seed = seed * 1664525u + 1013904223u;
		total += seed;
	}
	return total;
}

static void values(void)
{
	static const u32 one_to_six[] = { 1, 2, 3, 4, 5, 6 };
	static const u32 args[] = { 1000, 7 };
	struct core_result result;

	load(hello);
	load(sum);
	load(many);
	check_value("hello", "main", NULL, 0, 42);
	check_value("hello", "main", one_to_six, 1, 43);
	check_value("sum", "main", args, 2, lcg_sum(1000, 7));
	check_value("many", "first", one_to_six, 6, 654321);
	/* 7 from the buffer, 'f' from the heap, and the running total. */
	check_value("many", "second", one_to_six, 1, 1000003u % 1000 + 7 + 'f');
	check_value("many", "second", one_to_six, 1, 6009 % 1000 + 7 + 'f');
	check_eq(core_call("many", "third", NULL, 0, &result, &why), -ENOENT, "unknown entry");
	check_eq(core_call("none", "main", NULL, 0, &result, &why), -ENOENT, "unknown plugin");
	unload("many");
	unload("sum");
	unload("hello");
}

static void wild(void)
{
	struct core_fault_context context;
	struct core_plugin *plugin;
	char line[CORE_FAULT_LINE_SIZE];
	struct core_result result;
	u32 variant;

	for (variant = 0; variant <= 8; variant++) {
		load(wild);
		result = call("wild", "main", &variant, 1);
		check_eq(result.status, PLUGIN_STATUS_FAULT, "status of wild %u", variant);
		check_eq(result.value, 0, "value of wild %u", variant);
		port_lock();
		plugin = core_find("wild");
		port_unlock();
		check_eq(plugin->state, CORE_DEAD, "state after wild %u", variant);
		check_eq(plugin->fault.call, 1, "call in the record of wild %u", variant);
		core_fault_context(plugin, &context);
		core_fault_line(line, sizeof(line), &plugin->fault, &context);
		check(variant == 8 || strstr(line, "; at main+0x"), "no function: %s", line);
		check(variant == 8 || strstr(line, "wild.c:"), "no line: %s", line);
		result = call("wild", "main", &variant, 1);
		check_eq(result.status, PLUGIN_STATUS_DEAD, "second call of wild %u", variant);
		unload("wild");
	}
	check_eq(surroundings.warnings, 9, "warnings");
}

static void spin(void)
{
	struct core_result result;

	load(hello);
	load(spin);
	result = call("spin", "main", NULL, 0);
	check_eq(result.status, PLUGIN_STATUS_TIMEOUT, "status of spin");
	check_value("hello", "main", NULL, 0, 42);
	unload("spin");
	unload("hello");
}

/* The services that the logger requests, allowed and forbidden. */
static void services(void)
{
	static const u32 all[PLUGIN_SERVICES_MAX / 32] = { 0x7e };
	static const u32 numbers[] = { 0x7f, 255, 256, 0x80000001 };
	struct core_plugin *plugin;
	u32 three = 3, i;

	load(logger);
	port_lock();
	plugin = core_find("logger");
	port_unlock();
	check_eq(call("logger", "main", &three, 1).status, PLUGIN_STATUS_OK, "status of logger");
	check_eq(surroundings.lines, 3, "lines");
	check(!strcmp(surroundings.line, "line 2 of the logger"), "line: %s", surroundings.line);
	check_eq(plugin->requests, 5, "requests");
	check_eq(core_refused(plugin), 0, "refused");
	check_eq(call("logger", "random", NULL, 0).status, PLUGIN_STATUS_FORBIDDEN, "random");
	check_eq(core_refused(plugin), 1, "refused");
	check_eq(plugin->requests, 5, "requests");
	unload("logger");

	allowed = all;
	strikes = 4;
	load(logger);
	port_lock();
	plugin = core_find("logger");
	port_unlock();
	check_value("logger", "random", NULL, 0, 0x5a5a5a5a);
	i = 2; /* now, into the page at 0 */
	check_value("logger", "any", &i, 1, (u32)-EFAULT);
	check_eq(core_refused(plugin), 1, "refused");
	for (i = 0; i < 3; i++)
		check_value("logger", "any", &numbers[i], 1, (u32)-EPERM);
	check_eq(call("logger", "any", &numbers[3], 1).status, PLUGIN_STATUS_FORBIDDEN, "strike 4");
	check_eq(core_refused(plugin), 5, "refused");
	unload("logger");
	allowed = NULL;
	strikes = 0;
}

/* A picture of 3 x 1 pixels in a window of two pages, its last pixel in the second page. */
static void windows(void)
{
	static const char head[] = "P6\n# a picture\n3 1 255\n";
	static const u8 pixels[] = { 255, 0, 0, 0, 255, 0, 10, 20, 30 };
	static const u8 gray[] = { 76, 149, 18 };
	struct core_frame frames[2];
	struct core_window window = { .frames = frames, .nr = 2, .flags = PLUGIN_WINDOW_WRITE };
	u32 args[2], begin = PAGE_SIZE - (sizeof(head) - 1) - 6, i;
	u8 *page[2];

	load(gray);
	for (i = 0; i < 2; i++) {
		require(!port_frame_alloc(&frames[i].address, &frames[i].mfn), "a frame");
		page[i] = frames[i].address;
	}
	memcpy(page[0] + begin, head, sizeof(head) - 1);
	memcpy(page[0] + PAGE_SIZE - 6, pixels, 6);
	memcpy(page[1], pixels + 6, 3);
	check_eq(core_grant("gray", &window, &why), 0, "grant: %s", why.text);
	args[0] = window.offset + begin;
	args[1] = PAGE_SIZE - begin + 3;
	check_value("gray", "main", args, 2, 3);
	for (i = 0; i < 9; i++)
		check_eq(i < 6 ? page[0][PAGE_SIZE - 6 + i] : page[1][i - 6], gray[i / 3],
			 "byte %u", i);
	check_eq(core_revoke(&window, &why), 0, "revoke: %s", why.text);
	check_eq(call("gray", "main", args, 2).status, PLUGIN_STATUS_FAULT, "a revoked window");
	unload("gray");

	/* With a read-only window the first write faults. The dead plugin's window is revoked. */
	load(gray);
	memcpy(page[0] + PAGE_SIZE - 6, pixels, 6);
	window.flags = 0;
	check_eq(core_grant("gray", &window, &why), 0, "grant: %s", why.text);
	args[0] = window.offset + begin;
	check_eq(call("gray", "main", args, 2).status, PLUGIN_STATUS_FAULT, "a read-only window");
	check(!memcmp(page[0] + PAGE_SIZE - 6, pixels, 6), "the read-only window has changed");
	check_eq(core_revoke(&window, &why), 0, "revoke: %s", why.text);
	unload("gray");
	for (i = 0; i < 2; i++)
		port_frame_free(frames[i].address, frames[i].mfn);
}

static u32 asks(u32 number, u32 ebx, u32 ecx)
{
	u32 args[] = { number, ebx, ecx };

	escape_attacks++;
	return call("thief", "ask", args, 3).value;
}

/* Pointers to memory that is not the plugin's: services neither read nor write there. */
static void thefts(void)
{
	static const u32 all[PLUGIN_SERVICES_MAX / 32] = { 0x7e };
	static const u8 here[64] = "a line of the kernel's";
	struct core_frame frames[2];
	struct core_window window = { .frames = frames, .nr = 2, .flags = 0 };
	struct core_plugin *plugin;
	struct plugin_query q;
	u32 lines, i, k;

	allowed = all;
	strikes = 100;
	load(thief);
	for (i = 0; i < 2; i++)
		require(!port_frame_alloc(&frames[i].address, &frames[i].mfn), "a frame");
	check_eq(core_grant("thief", &window, &why), 0, "grant: %s", why.text);
	port_lock();
	plugin = core_find("thief");
	port_unlock();
	q = plugin_query(plugin->handle);
	lines = surroundings.lines;
	memset(frames[0].address, 'w', PAGE_SIZE);
	memset(frames[1].address, 'w', PAGE_SIZE);
	{
		const u32 end = window.offset + 2 * PAGE_SIZE;
		/* Unmapped pages, the kernel, the monitor, and ends of the plugin's parts. */
		const u32 places[] = { 0,	   4,	       0xffc,	    (u32)here,
				       0xc0100000, 0xf5800000, 0xf8801000,  0xfea20000,
				       0xff000000, 0x80001000, q.stack - 1, window.offset - 1,
				       end - 7,	   end,	       0xfffffff9,  0xffffffff };
		const u32 sizes[] = {
			8, 64, 128, 129, 0x10000, 0x80000000, 0xfffffff8, 0xffffffff
		};

		for (i = 0; i < ARRAY_SIZE(places); i++) {
			check_eq(asks(2, places[i], 0), (u32)-EFAULT, "now to %x", places[i]);
			for (k = 0; k < ARRAY_SIZE(sizes); k++) {
				check_eq(asks(1, places[i], sizes[k]),
					 sizes[k] <= 128 ? (u32)-EFAULT : (u32)-E2BIG,
					 "log of %x, %x bytes", places[i], sizes[k]);
				check_eq(asks(6, places[i], sizes[k]),
					 sizes[k] <= 64 ? (u32)-EFAULT : (u32)-E2BIG,
					 "random to %x, %x bytes", places[i], sizes[k]);
			}
		}
		/* Memory that the plugin may read but not write: text, this window. */
		check_eq(asks(2, PLUGIN_TEXT_BASE, 0), (u32)-EFAULT, "now to text");
		check_eq(asks(6, q.rodata - 4, 8), (u32)-EFAULT, "random to text's end");
		check_eq(asks(2, window.offset, 0), (u32)-EFAULT, "now to a read-only window");
		for (i = 0; i < 2 * PAGE_SIZE; i++)
			if (((u8 *)frames[i / PAGE_SIZE].address)[i % PAGE_SIZE] != 'w')
				check(false, "byte %u of the window was written", i);
		check_eq(surroundings.lines, lines, "lines");
		/* A buffer that ends with the window's last byte is accepted. */
		check_eq(asks(1, end - 8, 8), 0, "log of a window's end");
		check(!strcmp(surroundings.line, "wwwwwwww"), "line: %s", surroundings.line);
	}
	check_eq(asks(3, 1, q.stack), (u32)-ENOENT, "window 1");
	check_eq(asks(3, 0xffffffff, q.stack), (u32)-EINVAL, "window -1");
	check_eq(asks(4, window.offset + 1, 0), (u32)-EINVAL, "length of no window");
	check_eq(core_revoke(&window, &why), 0, "revoke: %s", why.text);
	check_eq(asks(1, window.offset, 8), (u32)-EFAULT, "log of what was revoked");
	check_eq(asks(4, window.offset, 0), (u32)-EINVAL, "length of what was revoked");
	i = (u32)here;
	check_eq(call("thief", "peek", &i, 1).status, PLUGIN_STATUS_FAULT, "kernel's line");
	unload("thief");
	for (i = 0; i < 2; i++)
		port_frame_free(frames[i].address, frames[i].mfn);
	allowed = NULL;
	strikes = 0;
	escape_row(20, "stopped");
}

void test_main(void)
{
	values();
	wild();
	spin();
	services();
	windows();
	thefts();
	check_eq(surroundings.blocks, 0, "blocks of memory that are left");
	check_eq(surroundings.frames, 0, "frames that are left");
	report_success();
}
