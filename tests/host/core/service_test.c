// SPDX-License-Identifier: MIT
/*
 * Services and windows of the plugin core, against a fake monitor and a fake plugin.
 *
 * Claims: the errno of a service tells what was wrong with the arguments. A window has
 * the length that was granted, and is gone once revoked. A request for a service that is
 * not allowed is refused and counted, and the last strike ends the call. Calls from within
 * services nest up to CORE_DEPTH_MAX. Counters change only with the lock held. Cannot tell:
 * anything about a real monitor, and concurrency.
 *
 * Argument: many.plg, which has every part and room for windows.
 */
#include "serving.h"

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

	/* The core checks permission itself, even if the monitor passes on any request. */
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
			  struct port_answer *request)
{
	(void)handle;
	(void)value;
	if (turn)
		CHECK(status == -EPERM);
	strikes_seen = turn + 1;
	CHECK(turn < 10);
	*request = (struct port_answer){ .edx = SERVICE_random };
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
		    struct port_answer *request)
{
	(void)handle;
	(void)value;
	if (turn) {
		CHECK(!status);
		return false;
	}
	*request = (struct port_answer){ .edx = SERVICE_now, .ebx = layout_of(plugin).data };
	return true;
}

static unsigned int deepest;

/* Within a service, calls the next plugin, in whose service the next one is called, ... */
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

	/* The window for the result is revoked while the service runs: -EFAULT. */
	revoked_meanwhile =
		(struct core_window){ .frames = pages, .nr = 1, .flags = PLUGIN_WINDOW_WRITE };
	CHECK(!core_grant("p", &revoked_meanwhile, &why));
	memset(pages[0].address, 0, PAGE);
	fake.now = ~0ull;
	fake.during_service = revoke_now;
	CHECK(serve(SERVICE_now, revoked_meanwhile.offset, 0, 0, 0) == -EFAULT);
	fake.during_service = NULL;
	CHECK(!*(uint32_t *)pages[0].address);

	/* The windows of a dead plugin can be revoked, but none can be granted. */
	window.nr = 1;
	CHECK(!core_grant("p", &window, &why));
	fake.ask = NULL;
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_FAULT };
	CHECK(!core_call("p", "first", NULL, 0, &result, &why));
	memset(&fake.next, 0, sizeof(fake.next));
	CHECK(core_grant("p", &other, &why) == -EOWNERDEAD);
	CHECK(!core_revoke(&window, &why));
	unload("p");

	/* An unload revokes all windows. core_revoke() then succeeds and does nothing. */
	load("p", NULL, 1);
	CHECK(!core_grant("p", &window, &why) && !core_grant("p", &other, &why));
	CHECK(fake.windows == 2);
	CHECK(!core_unload("p", false, &why));
	CHECK(!fake.windows && !window.plugin && !other.plugin);
	CHECK(!core_revoke(&window, &why) && !core_revoke(&other, &why));
}

/* ---- counters ---------------------------------------------------------------- */

static void pass_time(void)
{
	fake.cpu_time += 1000;
}

/*
 * The counters change only with the lock held: a reader with the lock never sees one half of
 * a counter before and the other half after a carry.
 */
static void counters(void)
{
	struct core_used used;

	load("p", NULL, 0);
	fake.during_call = pass_time;
	fake.during_service = pass_time;
	CHECK(!serve(SERVICE_now, layout_of(plugin).data, 0, 0, 0));
	CHECK(serve(SERVICE_window_length, 0, 0, 0, 0) == -EINVAL);
	fake.pass_all = true;
	CHECK(serve(SERVICE_random, layout_of(plugin).data, 1, 0, 0) == -EPERM);
	fake.pass_all = false;
	port_lock();
	core_used(plugin, &used);
	port_unlock();
	CHECK(used.cpu_ns && used.service_ns == 1000);
	CHECK(plugin->requests == 3 && plugin->rejected == 2 && plugin->calls == 3);
	fake.during_call = NULL;
	fake.during_service = NULL;
	unload("p");
}

int main(int argc, char **argv)
{
	if (read_plugin(argc == 2 ? argv[1] : NULL))
		return 2;
	make_pages();
	permission();
	strikes();
	recursion();
	windows();
	window_services();
	counters();
	free_pages();
	CHECK(!fake.memory && !fake.frames && !fake.handles);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
