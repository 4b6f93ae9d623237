// SPDX-License-Identifier: MIT
/*
 * How services access a plugin's memory, byte for byte, against a fake monitor and a fake
 * plugin.
 *
 * Claims: a service accesses only memory that the plugin may access, for any pointer and
 * length, at every border, and with random registers; the right bytes are written.
 * Cannot tell: anything about a real monitor, and concurrency.
 *
 * Argument: many.plg, which has every part and room for windows.
 */
#include "service/plugin_memory.h"
#include "serving.h"

/* May a service access the byte at @offset? Computed independently of the core. */
static int may(const struct layout *at, const struct core_window *windows, int nr, uint32_t offset,
	       bool write)
{
	int i;

	if (offset >= at->text && offset < at->guard)
		return !write || offset >= at->data;
	if (offset >= at->stack && offset < at->end)
		return 1;
	for (i = 0; i < nr; i++)
		if (windows[i].plugin && offset >= windows[i].offset &&
		    offset - windows[i].offset < windows[i].nr * PAGE)
			return !write || windows[i].flags & PLUGIN_WINDOW_WRITE;
	return 0;
}

static int expected(const struct layout *at, const struct core_window *windows, int nr,
		    uint32_t offset, uint32_t size, bool write)
{
	uint64_t byte;

	for (byte = offset; byte < (uint64_t)offset + size; byte++)
		if (byte > 0xffffffff || !may(at, windows, nr, (uint32_t)byte, write))
			return -EFAULT;
	return 0;
}

/* Ranges of several sizes around every border of the segment, and around 0, where they wrap. */
static void every_border(const struct core_window *windows, int nr)
{
	static const uint32_t sizes[] = { 0, 1, 2, 3, 7, 8, 63, 64 };
	struct layout at = layout_of(plugin);
	const uint32_t fixed[] = {
		0,	PAGE,	   at.rodata, at.data,	  at.guard,   at.stack,
		at.end, at.window, at.top,    0x80000000, 0xc0100000, 0xfc000000
	};
	uint32_t borders[32], nr_borders = 0, i, j;
	int step;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		borders[nr_borders++] = fixed[i];
	for (i = 0; i < (uint32_t)nr; i++) {
		borders[nr_borders++] = windows[i].offset;
		borders[nr_borders++] = windows[i].offset + windows[i].nr * PAGE;
	}
	for (i = 0; i < nr_borders; i++)
		for (step = -65; step <= 65; step++)
			for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
				uint32_t offset = borders[i] + step, size = sizes[j];

				CHECK(serve(SERVICE_log, offset, size, 0, 0) ==
				      expected(&at, windows, nr, offset, size, false));
				CHECK(serve(SERVICE_random, offset, size, 0, 0) ==
				      expected(&at, windows, nr, offset, size, true));
				if (size == 8)
					CHECK(serve(SERVICE_now, offset, 0, 0, 0) ==
					      expected(&at, windows, nr, offset, size, true));
			}
}

static void ranges(void)
{
	struct core_window windows[3] = {
		{ .frames = pages, .nr = 2, .flags = PLUGIN_WINDOW_WRITE },
		{ .frames = pages + 2, .nr = 1 },
		{ .frames = pages + 3, .nr = 2, .flags = PLUGIN_WINDOW_WRITE },
	};
	int i;

	load("p", all_services, 1);
	CHECK(plugin->nr_window == 8 && plugin->nr_rodata && plugin->nr_heap);
	every_border(NULL, 0);
	for (i = 0; i < 3; i++) {
		CHECK(!core_grant("p", &windows[i], &why));
		every_border(windows, i + 1);
	}
	/* Revoke the middle window, then that with the lowest offset, then the highest. */
	for (i = 1; i < 4; i++) {
		CHECK(!core_revoke(&windows[i % 3], &why));
		CHECK(!windows[i % 3].plugin);
		every_border(windows, 3);
	}
	CHECK(!plugin->windows && !plugin->nr_windows && !fake.windows);
	unload("p");
}

/* The right bytes are copied in either direction, also across the border of two pages. */
static void contents(void)
{
	struct core_window window = { .frames = pages, .nr = 2, .flags = PLUGIN_WINDOW_WRITE };
	struct layout at;
	uint8_t *one = pages[0].address, *two = pages[1].address;
	uint32_t i, lines;

	load("p", all_services, 1);
	at = layout_of(plugin);
	CHECK(!core_grant("p", &window, &why));
	memset(one, 0, PAGE);
	memset(two, 0, PAGE);
	memcpy(one + PAGE - 5, "hello", 5);
	memcpy(two, " world\n", 7);
	CHECK(!serve(SERVICE_log, window.offset + PAGE - 5, 12, 0, 0));
	CHECK(!strcmp(fake.logged, "p: hello world") && !strcmp(plugin->log.text, "hello world\n"));
	memcpy(one, "\x01\x7f\xff\0\r?", 6);
	CHECK(!serve(SERVICE_log, window.offset, 6, 0, 0));
	CHECK(!strcmp(fake.logged, "p: ??????"));
	CHECK(!serve(SERVICE_log, 0xffffffff, 0, 0, 0));
	CHECK(!strcmp(fake.logged, "p: "));
	/* Text of several lines becomes several lines, in the kernel's log too. */
	port_lock();
	memset(&plugin->log, 0, sizeof(plugin->log));
	port_unlock();
	memcpy(one, "{\n\t\"a\": 1\r\n\n}\n", 14);
	lines = fake.lines;
	CHECK(!serve(SERVICE_log, window.offset, 14, 0, 0));
	CHECK(!strcmp(plugin->log.text, "{\n \"a\": 1\n\n}\n"));
	CHECK(fake.lines == lines + 4 && !strcmp(fake.logged, "p: }"));
	memset(one, '\n', 128);
	CHECK(!serve(SERVICE_log, window.offset, 128, 0, 0) && fake.lines == lines + 132);
	memset(one, 0, 128);

	CHECK(!serve(SERVICE_random, window.offset + PAGE - 3, 64, 0, 0));
	CHECK(one[PAGE - 4] == 'e' && one[PAGE - 3] == 0x5a && two[60] == 0x5a && two[61] == 0);
	fake.now = 0x123456789abcdef0;
	CHECK(!serve(SERVICE_now, window.offset + PAGE - 1, 0, 0, 0));
	CHECK(one[PAGE - 1] == 0xf0 && two[6] == 0x12 && two[7] == 0x5a);
	/* If one byte is not writable, none is written. */
	memset(two, 0, PAGE);
	CHECK(serve(SERVICE_random, window.offset + 2 * PAGE - 63, 64, 0, 0) == -EFAULT);
	CHECK(!two[PAGE - 1]);
	CHECK(!serve(SERVICE_random, at.end - 64, 64, 0, 0));
	CHECK(((uint8_t *)plugin->frames[plugin->nr_frames - 1].address)[PAGE - 1] == 0x5a);

	CHECK(serve(SERVICE_log, at.data, 129, 0, 0) == -E2BIG);
	CHECK(serve(SERVICE_log, at.data, 0xffffffff, 0, 0) == -E2BIG);
	CHECK(serve(SERVICE_random, at.data, 65, 0, 0) == -E2BIG);
	CHECK(serve(SERVICE_random, at.data, 0x80000000, 0, 0) == -E2BIG);
	CHECK(!serve(SERVICE_log, at.data, 128, 0, 0));

	/* The log is bounded, holds whole lines, and has the newest line. */
	for (i = 0; i < 1000; i++) {
		snprintf((char *)one, 64, "line %u", i);
		CHECK(!serve(SERVICE_log, window.offset, i % 9 ? 8 : 128, 0, 0));
		CHECK(plugin->log.used == strlen(plugin->log.text));
		CHECK(plugin->log.used < CORE_LOG_SIZE);
		CHECK(plugin->log.text[plugin->log.used - 1] == '\n');
		CHECK(!strncmp(plugin->log.text, "line ", 5) || i < 300);
	}
	CHECK(strstr(plugin->log.text, "line 998") && !strstr(plugin->log.text, "line 500"));
	CHECK(!core_revoke(&window, &why));
	unload("p");
}

static uint64_t next_random(void)
{
	static uint64_t state = 20261122;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Requests with random registers, half of which hold offsets near or in the segment. */
static void random_requests(void)
{
	struct core_window window = { .frames = pages, .nr = 2, .flags = PLUGIN_WINDOW_WRITE };
	uint32_t r[4], i, j;

	load("p", all_services, 1);
	fake.pass_all = true;
	CHECK(!core_grant("p", &window, &why));
	for (i = 0; i < 200000; i++) {
		for (j = 0; j < 4; j++) {
			uint64_t dice = next_random();

			r[j] = (uint32_t)(dice >> 32);
			if (dice & 1)
				r[j] %= layout_of(plugin).top + PAGE;
			if ((dice & 6) == 0)
				r[j] %= 130;
		}
		serve((uint32_t)next_random() % 9, r[0], r[1], r[2], r[3]);
	}
	fake.pass_all = false;
	CHECK(!core_revoke(&window, &why));
	unload("p");
}

int main(int argc, char **argv)
{
	if (read_plugin(argc == 2 ? argv[1] : NULL))
		return 2;
	make_pages();
	ranges();
	contents();
	random_requests();
	free_pages();
	CHECK(!fake.memory && !fake.frames && !fake.handles);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
