// SPDX-License-Identifier: MIT
/*
 * Services and windows of the plugin core, against a monitor and a plugin that
 * are played.
 *
 * Claims: a service reads and writes nothing but memory that the plugin has,
 * whatever the pointer and the length, and says which argument was wrong by its
 * errno; a window ends where it ends and is gone when it is revoked; a service
 * that is not allowed is refused, counted and after its strikes the end; calls
 * from services go so deep and no deeper. Cannot tell: anything about a real
 * monitor, and concurrency.
 *
 * Argument: many.plg, which has every part and room for windows.
 */
#include <stdlib.h>

#include "../check.h"
#include "fake_monitor.h"
#include "segment.h"
#include "service.h"
#include "service_list.h"

#define PAGE 4096u

#define NUMBER_OF(number, name, description, first, second) SERVICE_##name = number,
enum { SERVICE_LIST(NUMBER_OF) };

static struct core_reason why;
static struct core_result result;
static uint8_t image[1 << 20];
static size_t image_size;
static struct core_plugin *plugin;

static const uint32_t all_services[PLUGIN_SERVICES_MAX / 32] = { 0x7e };

static void load(const char *name, const uint32_t *allowed, uint32_t strikes)
{
	struct core_load load = { .name = name,
				  .image = image,
				  .size = image_size,
				  .allowed = allowed,
				  .strikes = strikes };
	uint32_t id;

	CHECK(!core_load(&load, &id, &why));
	core_lock();
	plugin = core_find(name);
	core_unlock();
	CHECK(plugin);
}

static void unload(const char *name)
{
	CHECK(!core_unload(name, false, &why));
	if (!fake.handles) /* the nine are those of make_pages() */
		CHECK(!fake.memory && fake.frames == 9 && !fake.published && !fake.windows);
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

/* ---- one request in one call ------------------------------------------------ */

static struct core_answer asked;
static int answer_status;
static uint32_t answer_value;

static bool ask_once(uint32_t handle, uint32_t turn, int status, uint32_t value,
		     struct core_answer *request)
{
	(void)handle;
	if (turn) {
		answer_status = status;
		answer_value = value;
		return false;
	}
	*request = asked;
	return true;
}

/* The status that the plugin gets; the call itself must end well. */
static int serve(uint32_t number, uint32_t ebx, uint32_t ecx, uint32_t esi, uint32_t edi)
{
	asked = (struct core_answer){
		.edx = number, .ebx = ebx, .ecx = ecx, .esi = esi, .edi = edi
	};
	fake.ask = ask_once;
	answer_status = 1;
	CHECK(!core_call("p", "first", NULL, 0, &result, &why));
	CHECK(result.status == PLUGIN_STATUS_OK);
	CHECK(answer_status <= 0 && !fake.locked);
	return answer_status;
}

/* ---- the plugin's memory, byte for byte --------------------------------------- */

struct layout {
	uint32_t text, rodata, data, guard, stack, end, window, top;
};

static struct layout layout_of(const struct core_plugin *p)
{
	struct layout at;

	at.text = PLUGIN_TEXT_BASE;
	at.rodata = at.text + p->nr_text * PAGE;
	at.data = at.rodata + p->nr_rodata * PAGE;
	at.guard = at.data + p->nr_data * PAGE;
	at.stack = at.guard + PAGE;
	at.end = at.stack + p->nr_stack * PAGE;
	at.window = at.end + PAGE;
	at.top = at.window + p->nr_window * PAGE;
	return at;
}

#define NR_PAGES 9

static struct core_frame pages[NR_PAGES];

static void make_pages(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++)
		CHECK(!core_frame_alloc(&pages[i].address, &pages[i].mfn));
}

static void free_pages(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++)
		core_frame_free(pages[i].address, pages[i].mfn);
}

/* What the plugin has, said independently of how the core finds it. */
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

/* Ranges of every size around every border of the segment, and around 0 and 4 GiB. */
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
	/* From the middle, then the first, then the last. */
	for (i = 1; i < 4; i++) {
		CHECK(!core_revoke(&windows[i % 3], &why));
		CHECK(!windows[i % 3].plugin);
		every_border(windows, 3);
	}
	CHECK(!plugin->windows && !plugin->nr_windows && !fake.windows);
	unload("p");
}

/* What comes and goes is the bytes that were meant, across pages too. */
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
	/* Text of several lines is several lines, in the kernel's log too. */
	memset(&plugin->log, 0, sizeof(plugin->log));
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
	/* Nothing is written if one byte cannot be. */
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

	/* The log is bounded, of whole lines, and has the last one. */
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

static void window_services(void)
{
	struct core_window low = { .frames = pages, .nr = 3 };
	struct core_window high = { .frames = pages + 3, .nr = 1, .flags = PLUGIN_WINDOW_WRITE };
	struct plugin_window_info info;
	struct layout at;
	uint8_t *data;

	load("p", NULL, 0);
	at = layout_of(plugin);
	data = plugin->frames[plugin->nr_text + plugin->nr_rodata].address;
	CHECK(serve(SERVICE_window_info, 0, at.data, 0, 0) == -ENOENT);
	CHECK(!core_grant("p", &high, &why) && !core_grant("p", &low, &why));
	/* The order is that of the offsets, not of the grants. */
	CHECK(!core_revoke(&high, &why) && !core_grant("p", &high, &why));
	CHECK(low.offset < high.offset && high.offset == at.top - PAGE);
	CHECK(!serve(SERVICE_window_info, 0, at.data, 0, 0));
	memcpy(&info, data, sizeof(info));
	CHECK(info.offset == low.offset && info.length == 3 * PAGE && info.flags == 0);
	CHECK(!serve(SERVICE_window_info, 1, at.data, 0, 0));
	memcpy(&info, data, sizeof(info));
	CHECK(info.offset == high.offset && info.length == PAGE && info.flags == 1);
	CHECK(serve(SERVICE_window_info, 2, at.data, 0, 0) == -ENOENT);
	CHECK(serve(SERVICE_window_info, 4095, at.data, 0, 0) == -ENOENT);
	CHECK(serve(SERVICE_window_info, 4096, at.data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_window_info, 0xffffffff, at.data, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_window_info, 0, at.rodata, 0, 0) == -EFAULT);
	CHECK(serve(SERVICE_window_info, 0, low.offset, 0, 0) == -EFAULT);
	CHECK(!serve(SERVICE_window_length, low.offset, 0, 0, 0) && answer_value == 3 * PAGE);
	CHECK(serve(SERVICE_window_length, low.offset + 1, 0, 0, 0) == -EINVAL && !answer_value);
	CHECK(serve(SERVICE_window_length, low.offset + PAGE, 0, 0, 0) == -EINVAL);
	CHECK(serve(SERVICE_window_length, 0, 0, 0, 0) == -EINVAL);
	CHECK(!core_revoke(&low, &why));
	CHECK(serve(SERVICE_window_length, low.offset, 0, 0, 0) == -EINVAL);
	CHECK(!serve(SERVICE_budget, 0, 0, 0, 0) && answer_value == plugin->budget_us);
	CHECK(!core_revoke(&high, &why));
	unload("p");
}

/* ---- permission ------------------------------------------------------------- */

static void permission(void)
{
	const uint32_t none[PLUGIN_SERVICES_MAX / 32] = { 0 };
	const uint32_t unknown[PLUGIN_SERVICES_MAX / 32] = { [7] = 1u << 31 };
	const uint32_t zero[PLUGIN_SERVICES_MAX / 32] = { 1 };
	struct core_load load_unknown = {
		.name = "p", .image = image, .size = image_size, .allowed = unknown
	};
	uint32_t number, id;

	CHECK(core_load(&load_unknown, &id, &why) == -EINVAL);
	check_reason("no service 255");
	load_unknown.allowed = zero;
	CHECK(core_load(&load_unknown, &id, &why) == -EINVAL);
	check_reason("no service 0");

	load("p", NULL, 0);
	CHECK(fake.services.allowed[0] == SERVICES_DEFAULT && fake.services.strikes == 1);
	unload("p");

	/* The core's own check, were the monitor to pass on anything. */
	load("p", none, 1000);
	CHECK(fake.services.strikes == 1000);
	fake.pass_all = true;
	for (number = 0; number < 300; number++)
		CHECK(serve(number, PAGE, 0, 0, 0) == -EPERM);
	CHECK(serve(0x80000001, PAGE, 0, 0, 0) == -EPERM);
	CHECK(serve(0xffffffff, PAGE, 0, 0, 0) == -EPERM);
	CHECK(plugin->requests == 302 && core_refused(plugin) == 302 && !fake.lines);
	fake.pass_all = false;
	unload("p");
}

static uint32_t strikes_seen;

static bool ask_forbidden(uint32_t handle, uint32_t turn, int status, uint32_t value,
			  struct core_answer *request)
{
	(void)handle;
	(void)value;
	if (turn)
		CHECK(status == -EPERM);
	strikes_seen = turn + 1;
	CHECK(turn < 10);
	*request = (struct core_answer){ .edx = SERVICE_random };
	return true;
}

static void strikes(void)
{
	uint32_t nr;

	for (nr = 1; nr <= 4; nr++) {
		load("p", NULL, nr);
		fake.ask = ask_forbidden;
		CHECK(!core_call("p", "first", NULL, 0, &result, &why));
		CHECK(result.status == PLUGIN_STATUS_FORBIDDEN && strikes_seen == nr);
		CHECK(core_refused(plugin) == nr && !plugin->requests);
		CHECK(plugin->state == CORE_DEAD && plugin->faults == 1);
		CHECK(strstr(fake.warning, "asked the gate for service 6"));
		unload("p");
	}
	fake.ask = NULL;
}

/* ---- calls from within services ----------------------------------------------- */

static bool ask_now(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct core_answer *request)
{
	(void)handle;
	(void)value;
	if (turn) {
		CHECK(!status);
		return false;
	}
	*request = (struct core_answer){ .edx = SERVICE_now, .ebx = layout_of(plugin).data };
	return true;
}

static unsigned int deepest;

/* The service calls the next plugin, whose service calls the next, ... */
static void call_next(void)
{
	struct core_result inner;
	char name[16];

	snprintf(name, sizeof(name), "p%u", ++deepest);
	if (deepest < CORE_DEPTH_MAX) {
		CHECK(!core_call(name, "first", NULL, 0, &inner, &why));
		CHECK(inner.status == PLUGIN_STATUS_OK);
		return;
	}
	CHECK(core_call(name, "first", NULL, 0, &inner, &why) == -ELOOP);
	check_reason("8 calls are under way");
	CHECK(core_call("p0", "first", NULL, 0, &inner, &why) == -EBUSY);
	check_reason("p0 is running");
	CHECK(core_unload("p3", false, &why) == -EBUSY);
	check_reason("p3 is running");
}

static void recursion(void)
{
	char name[16];
	int round, i;

	for (i = 0; i <= CORE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		load(name, NULL, 1);
	}
	fake.ask = ask_now;
	fake.during_service = call_next;
	for (round = 0; round < 3; round++) {
		deepest = 0;
		CHECK(!core_call("p0", "first", NULL, 0, &result, &why));
		CHECK(result.status == PLUGIN_STATUS_OK && deepest == CORE_DEPTH_MAX);
	}
	fake.during_service = NULL;
	for (i = 0; i <= CORE_DEPTH_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		CHECK(!core_call(name, "first", NULL, 0, &result, &why));
		unload(name);
	}
	fake.ask = NULL;
}

/* ---- windows ---------------------------------------------------------------- */

static struct core_window revoked_meanwhile;

static void revoke_now(void)
{
	CHECK(!core_revoke(&revoked_meanwhile, &why));
}

static void windows(void)
{
	static const struct {
		int err;
		const char *part;
	} refusals[] = {
		{ -ENOSPC, "PLUGIN_WINDOW_BYTES" },
		{ -EPERM, "choose ordinary pages" },
		{ -ENOMEM, "out of memory" },
		{ -EFAULT, "report it" },
	};
	struct core_window window = { .frames = pages, .nr = 1, .flags = PLUGIN_WINDOW_WRITE };
	struct core_window other = { .frames = pages + 1, .nr = 1 };
	uint32_t i;

	CHECK(core_grant("p", &window, &why) == -ENOENT);
	check_reason("no plugin named p");
	load("p", NULL, 1);
	window.nr = 0;
	CHECK(core_grant("p", &window, &why) == -EINVAL);
	window.nr = PLUGIN_WINDOW_PAGES_MAX + 1;
	CHECK(core_grant("p", &window, &why) == -EINVAL);
	check_reason("give 1 to 4096 pages");
	window.nr = 1;
	window.flags = 2;
	CHECK(core_grant("p", &window, &why) == -EINVAL);
	window.flags = 0;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		fake.refuse_grant = refusals[i].err;
		CHECK(core_grant("p", &window, &why) == refusals[i].err && !window.plugin);
		check_reason(refusals[i].part);
	}
	fake.refuse_grant = 0;
	window.nr = 9;
	CHECK(core_grant("p", &window, &why) == -ENOSPC);
	check_reason("has room for windows of 8 pages, this one has 9");
	window.nr = 8;
	CHECK(!core_grant("p", &window, &why));
	CHECK(core_grant("p", &other, &why) == -ENOSPC);
	check_reason("no room for a window of 1 pages: its 1 other windows have 8 of 8 pages");
	fake.refuse_revoke = -EBUSY;
	CHECK(core_revoke(&window, &why) == -EBUSY && window.plugin == plugin);
	check_reason("would not revoke");
	fake.refuse_revoke = 0;
	CHECK(!core_revoke(&window, &why));
	CHECK(!core_revoke(&window, &why));

	/* Revoked by a service of the call that uses it: the result has nowhere to go. */
	revoked_meanwhile =
		(struct core_window){ .frames = pages, .nr = 1, .flags = PLUGIN_WINDOW_WRITE };
	CHECK(!core_grant("p", &revoked_meanwhile, &why));
	memset(pages[0].address, 0, PAGE);
	fake.now = ~0ull;
	fake.during_service = revoke_now;
	CHECK(serve(SERVICE_now, revoked_meanwhile.offset, 0, 0, 0) == -EFAULT);
	fake.during_service = NULL;
	CHECK(!*(uint32_t *)pages[0].address);

	/* A plugin that was stopped gives its windows back, and gets no more. */
	window.nr = 1;
	CHECK(!core_grant("p", &window, &why));
	fake.ask = NULL;
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_FAULT };
	CHECK(!core_call("p", "first", NULL, 0, &result, &why));
	memset(&fake.next, 0, sizeof(fake.next));
	CHECK(core_grant("p", &other, &why) == -EOWNERDEAD);
	CHECK(!core_revoke(&window, &why));
	unload("p");

	/* Unloading takes them all; revoking then is no error. */
	load("p", NULL, 1);
	CHECK(!core_grant("p", &window, &why) && !core_grant("p", &other, &why));
	CHECK(fake.windows == 2);
	CHECK(!core_unload("p", false, &why));
	CHECK(!fake.windows && !window.plugin && !other.plugin);
	CHECK(!core_revoke(&window, &why) && !core_revoke(&other, &why));
}

static uint64_t next_random(void)
{
	static uint64_t state = 20261122;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Registers with anything in them, half of them near to something. */
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
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;

	if (!file) {
		fprintf(stderr, "usage: service_test many.plg\n");
		return 2;
	}
	image_size = fread(image, 1, sizeof(image), file);
	fclose(file);
	make_pages();
	permission();
	strikes();
	recursion();
	windows();
	ranges();
	contents();
	window_services();
	random_requests();
	free_pages();
	CHECK(!fake.memory && !fake.frames && !fake.handles);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
