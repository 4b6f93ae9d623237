// SPDX-License-Identifier: MIT
/*
 * Targets, references and the windows of calls in the plugin core, against a fake monitor.
 *
 * Claims: a call of a target allocates nothing. A target is stale as soon as its plugin
 * is replaced or unloaded, also for a caller that is waiting; a caller that waits by name
 * gets the new plugin. A reference keeps a plugin's names and records, but nothing in the
 * monitor. The window of a call is granted while the plugin runs for that caller, and at
 * no other time. Cannot tell: two processors.
 *
 * Argument: many.plg, as for registry_test.
 */
#include <stdlib.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"

static struct bytes many;
static struct core_reason why;
static struct core_target target;

static void load(const char *name)
{
	struct core_load load = { .name = name, .image = many.at, .size = many.size };
	uint32_t id;

	CHECK(!core_load(&load, &id, &why), "%s", why.text);
}

static void replace(const char *name, bool kill)
{
	struct core_load load = { .name = name, .image = many.at, .size = many.size };
	uint32_t id;

	CHECK(!core_replace(&load, kill, &id, &why), "%s", why.text);
}

static void unload(const char *name)
{
	CHECK(!core_unload(name, false, &why), "%s", why.text);
}

static void check_empty(void)
{
	CHECK(!fake.memory && !fake.frames && !fake.handles && !fake.published && !fake.locked);
	CHECK(!fake.windows);
	memset(&fake, 0, sizeof(fake));
}

static bool says(const char *part)
{
	return strstr(why.text, part);
}

static int call_target(struct core_result *result, bool atomic)
{
	const uint32_t args[] = { 3, 4 };
	const struct core_call call = {
		.target = &target, .args = args, .nr_args = 2, .atomic = atomic
	};

	return core_call_plugin(&call, result, &why);
}

static int call_name(struct core_result *result)
{
	return core_call("p", "first", NULL, 0, result, &why);
}

static void bind(void)
{
	struct core_target other;
	struct core_result result;
	long allocations;

	CHECK(core_bind("p", "first", &target, &why) == -ENOENT && says("no plugin named p"));
	CHECK(!target.plugin);
	load("p");
	CHECK(core_bind("p", "third", &target, &why) == -ENOENT && says("no entry named third"));
	CHECK(!target.plugin);
	core_unbind(&target); /* not bound: does nothing */
	CHECK(!core_bind("p", "second", &target, &why) && !strcmp(target.entry, "second"));
	CHECK(!core_bind("p", "first", &other, &why) && other.plugin == target.plugin);
	core_unbind(&other);
	fake.value = 7;
	allocations = fake.allocations;
	for (int atomic = 0; atomic < 2; atomic++) {
		CHECK(!call_target(&result, atomic) && !result.status && result.value == 7);
		CHECK(fake.entry == target.offset && fake.nr_args == 2 && fake.args[1] == 4);
		CHECK(!result.plugin);
	}
	CHECK(fake.allocations == allocations);
	core_unbind(&target);
	CHECK(!target.plugin);
	unload("p");
	check_empty();
}

/* ---- stale ---- */

static void unloaded(void)
{
	struct core_result result;

	load("p");
	CHECK(!core_bind("p", "first", &target, &why));
	unload("p");
	CHECK(!fake.handles && fake.memory);
	CHECK(target.plugin->state == CORE_GONE && !strcmp(target.plugin->name, "p"));
	CHECK(call_target(&result, false) == -ESTALE && says("plugin p was replaced or unloaded"));
	CHECK(call_target(&result, true) == -ESTALE);
	/* A new plugin of the same name does not make the target valid again. */
	load("p");
	CHECK(call_target(&result, false) == -ESTALE && !call_name(&result));
	core_unbind(&target);
	unload("p");
	check_empty();
}

static uint32_t nr_called;

static void during(void)
{
	struct core_result result;

	fake.during_call = NULL;
	CHECK(call_target(&result, true) == -EBUSY && says("p is running"));
	replace("p", false);
	CHECK(call_target(&result, false) == -ESTALE);
	CHECK(core_unload("p", true, &why) == 0);
	nr_called++;
}

/* During a call of the target its plugin is replaced, and the replacement is unloaded. */
static void replaced(void)
{
	struct core_result result;

	load("p");
	CHECK(!core_bind("p", "first", &target, &why));
	fake.during_call = during;
	CHECK(!call_target(&result, false) && !result.status && nr_called == 1);
	CHECK(!fake.handles && target.plugin->state == CORE_GONE && target.plugin->calls == 1);
	core_unbind(&target);
	check_empty();
}

/* Callers 2 (by target) and 3 (by name) wait when the plugin that caller 1 calls is replaced. */
static void first_is_replaced(void)
{
	fake.during_wait = NULL;
	fake.caller = 1;
	replace("p", false);
	fake.caller = 3;
}

static void third_waits(void)
{
	struct core_result result;

	fake.during_wait = first_is_replaced;
	fake.caller = 3;
	CHECK(!call_name(&result) && !result.status); /* the new plugin */
	fake.caller = 2;
}

static bool others_come(uint32_t handle)
{
	struct core_result result;

	(void)handle;
	fake.interrupt = NULL;
	fake.during_wait = third_waits;
	fake.caller = 2;
	CHECK(call_target(&result, false) == -ESTALE);
	fake.caller = 1;
	return true;
}

static void waited_for(void)
{
	struct core_result result;
	struct core_plugin *now;

	load("p");
	CHECK(!core_bind("p", "first", &target, &why));
	fake.caller = 1;
	fake.interrupt = others_come;
	CHECK(!call_target(&result, false) && !result.status);
	now = core_get("p");
	CHECK(now && now != target.plugin && now->calls == 1 && target.plugin->calls == 1);
	core_put(now);
	core_unbind(&target);
	unload("p");
	check_empty();
}

/* ---- kept ---- */

static void kept(void)
{
	const struct core_call call = { .name = "p", .entry = "first", .keep = true };
	struct core_result result;

	load("p");
	fake.next =
		(struct plugin_fault){ .status = PLUGIN_STATUS_FAULT, .vector = 13, .eip = 0x1010 };
	CHECK(!core_call_plugin(&call, &result, &why) && result.status == PLUGIN_STATUS_FAULT);
	fake.next.status = 0;
	replace("p", false);
	/* The record is that of the called plugin, not of its replacement. */
	CHECK(result.plugin->state == CORE_GONE && result.plugin->fault.eip == 0x1010);
	core_put(result.plugin);
	CHECK(!core_call_plugin(&call, &result, &why) && !result.status && !result.plugin);
	unload("p");
	check_empty();
}

/* ---- a window for a call ---- */

static struct core_frame frames[9];
static struct core_window mine = { .frames = frames, .nr = 6 },
			  others = { .frames = frames, .nr = 6 };

static int call_window(struct core_window *window, uint32_t nr_args, struct core_result *result)
{
	const uint32_t args[] = { 21, 22, 23, 24, 25 };
	const struct core_call call = {
		.name = "p",
		.entry = "first",
		.args = args,
		.nr_args = nr_args,
		.window = window,
		.window_bytes = 20001,
	};

	return core_call_plugin(&call, result, &why);
}

static bool has_one_window(uint32_t handle)
{
	(void)handle;
	CHECK(fake.windows == 1 && mine.plugin && !others.plugin);
	CHECK(fake.nr_args == 4 && fake.args[0] == mine.offset && fake.args[1] == 20001);
	CHECK(fake.args[2] == 21 && fake.args[3] == 22);
	return false;
}

/* The room holds one of the two windows. Caller 2 waits, and has no window before its turn. */
static void second_wants_one(void)
{
	fake.during_wait = NULL; /* gives up */
	CHECK(fake.windows == 1 && !others.plugin);
}

static bool window_for_each(uint32_t handle)
{
	struct core_result result;

	fake.interrupt = has_one_window;
	has_one_window(handle);
	fake.during_wait = second_wants_one;
	fake.caller = 2;
	CHECK(call_window(&others, 0, &result) == -EINTR && !others.plugin);
	fake.caller = 1;
	return true;
}

static void killed_before(void)
{
	fake.before_call = NULL;
	CHECK(fake.windows == 1);
	CHECK(!core_kill("p", &why));
}

static void windows(void)
{
	struct core_result result;
	uint32_t i;

	for (i = 0; i < 9; i++)
		frames[i].mfn = i + 5;
	load("p");
	fake.caller = 1;
	fake.interrupt = window_for_each;
	CHECK(!call_window(&mine, 2, &result) && !result.status);
	CHECK(!fake.windows && !mine.plugin);

	CHECK(call_window(&mine, 5, &result) == -E2BIG);
	CHECK(says("at most 4 arguments after a window, not 5: put more into the window"));
	mine.nr = 9;
	CHECK(call_window(&mine, 0, &result) == -ENOSPC && !fake.windows);
	mine.nr = 6;
	fake.refuse_grant = -EPERM;
	CHECK(call_window(&mine, 0, &result) == -EPERM && !fake.windows);
	fake.refuse_grant = 0;
	fake.fail_at = fake.allocations + 1;
	CHECK(call_window(&mine, 0, &result) == -ENOMEM && !fake.windows);
	CHECK(target.plugin == NULL && core_get("p")->calls == 1);
	core_put(core_find("p"));

	/* Killed just before the monitor runs the plugin; then dead before the call. */
	fake.before_call = killed_before;
	CHECK(!call_window(&mine, 2, &result) && result.status == PLUGIN_STATUS_KILLED);
	CHECK(!fake.windows && !mine.plugin);
	CHECK(!call_window(&mine, 2, &result) && result.status == PLUGIN_STATUS_DEAD);
	unload("p");
	check_empty();
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	many = read_file(argv[1]);
	bind();
	unloaded();
	replaced();
	waited_for();
	kept();
	windows();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
