// SPDX-License-Identifier: MIT
/*
 * Grafts and questions in the plugin core, against a fake monitor.
 *
 * Claims: only a graft of the point and version is attached, to a living plugin, once for a
 * scope. The graft of the preferred scope is asked. An answer counts only if the plugin has
 * returned and the check takes it; else the graft has failed, and is detached after as many
 * failures as its attach says, or at once if the plugin was stopped. A question that could not
 * be put is no failure. The window is written before and checked after the call, while the
 * plugin is BUSY. Whatever ends during a question, memory, frames and references are given back.
 * Cannot tell: two processors; what the port does with an answer.
 *
 * Arguments: grafts.plg, built from tests/plugins/grafts, and many.plg, as for registry_test.
 */
#include <stdlib.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"
#include "graft/point.h"
#include <ringfence/point_list.h>
#include <ringfence/service_list.h>

#define NUMBER_OF(number, name, description, first, second) SERVICE_##name = number,
enum { SERVICE_LIST(NUMBER_OF) };

static struct bytes grafts, many;
static struct core_reason why;
static struct core_point trial = { .name = "trial",
				   .number = 2,
				   .version = 1,
				   .kind = CORE_METHOD,
				   .failures_max = 2,
				   .nr_args = 4,
				   .writes = true,
				   .budget_us = 10000 };
static struct core_point readahead = { .name = "readahead",
				       .number = 1,
				       .version = 1,
				       .kind = CORE_METHOD,
				       .failures_max = 3,
				       .nr_args = 5,
				       .budget_us = 10000 };
static bool ended; /* `held` of grafts for a process: has it ended? */
static unsigned int nr_held;

static void load_file(const char *name, const struct bytes *file)
{
	struct core_load load = { .name = name, .image = file->at, .size = file->size };
	uint32_t id;

	CHECK(!core_load(&load, &id, &why), "%s", why.text);
}

static void load(const char *name)
{
	load_file(name, &grafts);
}

static void replace(const char *name)
{
	struct core_load load = { .name = name, .image = grafts.at, .size = grafts.size };
	uint32_t id;

	CHECK(!core_replace(&load, false, &id, &why), "%s", why.text);
}

static void unload(const char *name)
{
	CHECK(!core_unload(name, true, &why), "%s", why.text);
}

static const struct core_plugin *named(const char *name)
{
	const struct core_plugin *plugin;

	port_lock();
	plugin = core_find(name);
	port_unlock();
	return plugin;
}

static bool says(const char *part)
{
	return strstr(why.text, part);
}

static const struct core_graft *graft_with(uint32_t id)
{
	struct core_graft *graft;

	port_lock();
	graft = core_next_graft(id - 1);
	port_unlock();
	return graft && graft->id == id ? graft : NULL;
}

static const char *outcome_of(uint32_t id)
{
	static char text[CORE_OUTCOME_SIZE];

	port_lock();
	core_graft_outcome(core_next_graft(id - 1), text, sizeof(text));
	port_unlock();
	return text;
}

static unsigned int nr_listed(bool attached)
{
	const struct core_graft *graft;
	unsigned int nr = 0;
	uint32_t id = 0;

	port_lock();
	while ((graft = core_next_graft(id))) {
		CHECK(graft->id > id);
		id = graft->id;
		nr += graft->attached == attached;
	}
	port_unlock();
	return nr;
}

/* Fails, or returns the id. A graft for a file or process holds &ended. */
static long attach(struct core_point *point, const char *plugin, const char *entry,
		   enum core_scope scope, uintptr_t key)
{
	const struct core_attach attach = {
		.point = point,
		.plugin = plugin,
		.entry = entry,
		.scope = scope,
		.key = key,
		.held = scope == CORE_SCOPE_ALL ? NULL : &ended,
		.process = 5,
		.target_name = "target",
	};
	uint32_t id = 0;
	int err = core_attach(&attach, &id, &why);

	if (err)
		return err;
	nr_held += scope != CORE_SCOPE_ALL;
	return id;
}

/* To the trial, for all, which must succeed. */
static uint32_t attached(const char *plugin)
{
	long id = attach(&trial, plugin, "", CORE_SCOPE_ALL, 0);

	CHECK(id > 0, "%s", why.text);
	return (uint32_t)id;
}

/* Nothing is attached, and everything but the detached grafts themselves is given back. */
static void check_empty(void)
{
	CHECK(!nr_listed(true) && !trial.grafts && !readahead.grafts && !fake.armed);
	CHECK(!trial.nr_grafts && !readahead.nr_grafts);
	CHECK(fake.memory == nr_listed(false), "%ld", fake.memory);
	CHECK(!fake.frames && !fake.handles && !fake.published && !fake.locked && !fake.windows);
	CHECK(fake.released == nr_held, "%u of %u", fake.released, nr_held);
	memset(&fake, 0, sizeof(fake));
	fake.memory = nr_listed(false);
	trial.asked = readahead.asked = (struct core_asked){ 0 };
	nr_held = 0;
	ended = false;
}

static bool was_asked(const struct core_asked *asked, uint64_t answered, uint64_t aborted,
		      uint64_t unasked)
{
	return asked->answered == answered && asked->aborted == aborted &&
	       asked->unasked == unasked;
}

/* ---- a question of the trial ---- */

static unsigned int writes, checked;
static uint32_t *seen; /* the window */
static const char *refusal;

static void write_window(void *what, void *window)
{
	CHECK(what == &trial && !fake.locked && window);
	seen = window;
	seen[0] = 1000 + ++writes;
}

static const char *check_window(void *what, const void *window, uint32_t value)
{
	CHECK(what == &trial && !fake.locked && window == seen && value == fake.value);
	checked++;
	return refusal;
}

static bool ask_for(uintptr_t file, uintptr_t process)
{
	static const uint32_t args[] = { 21, 22, 23, 24 };
	const struct core_question question = {
		.point = &trial,
		.keys = { [CORE_SCOPE_FILE] = file, [CORE_SCOPE_PROCESS] = process },
		.args = args,
		.write = write_window,
		.check = check_window,
		.what = &trial,
	};

	return core_ask(&question);
}

static bool ask(void)
{
	return ask_for(1, 1);
}

/* ---- attach ---- */

static void attach_refused(void)
{
	struct core_point other = trial;

	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -ENOENT && says("no plugin named g"));
	load("g");
	CHECK(attach(&trial, "g", "none", CORE_SCOPE_ALL, 0) == -ENOENT && says("named none"));
	CHECK(attach(&trial, "g", "plain", CORE_SCOPE_ALL, 0) == -EINVAL &&
	      says("entry plain of plugin g is no graft: define it with PLUGIN_GRAFT(trial)"));
	CHECK(attach(&trial, "g", "readahead", CORE_SCOPE_ALL, 0) == -EINVAL &&
	      says("for another point, not for trial"));
	other.version = 2;
	CHECK(attach(&other, "g", "", CORE_SCOPE_ALL, 0) == -EINVAL &&
	      says("built for version 1 of trial, this kernel has version 2"));
	CHECK(!fake.windows && !named("g")->grafts && named("g")->refs == 1);
	unload("g");
	check_empty();
}

static void attach_to_dead(void)
{
	load("g");
	CHECK(!core_kill("g", &why));
	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -EOWNERDEAD);
	CHECK(named("g")->refs == 1);
	unload("g");
	/* The same if the plugin has its page already. */
	load("g");
	attached("g");
	CHECK(!core_kill("g", &why));
	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -EOWNERDEAD && says("was stopped"));
	unload("g");
	check_empty();
}

static void attach_twice(void)
{
	uint32_t id;

	load("g");
	load("h");
	id = attached("g");
	CHECK(fake.armed == 1 && fake.budget_us == 10000 && named("g")->budget_us == 10000);
	CHECK(fake.windows == 1 && named("g")->grafts == 1);
	CHECK(!strcmp(graft_with(id)->entry, "trial") && graft_with(id)->failures_max == 2);
	CHECK(attach(&trial, "g", "trial", CORE_SCOPE_ALL, 0) == -EEXIST && says("of plugin g"));
	CHECK(attach(&trial, "h", "", CORE_SCOPE_ALL, 0) == -EEXIST && named("h")->refs == 1);
	CHECK(attach(&trial, "h", "", CORE_SCOPE_FILE, 7) > 0);
	CHECK(attach(&trial, "h", "", CORE_SCOPE_FILE, 7) == -EEXIST);
	CHECK(attach(&trial, "h", "", CORE_SCOPE_FILE, 8) > 0);
	CHECK(attach(&trial, "h", "", CORE_SCOPE_PROCESS, 7) > 0);
	CHECK(attach(&readahead, "h", "", CORE_SCOPE_FILE, 7) > 0 && fake.armed == 2);
	CHECK(fake.windows == 2); /* one for each plugin */
	CHECK(!core_detach(id, &why) && fake.armed == 2 && fake.last_graft == id);
	CHECK(!strcmp(fake.graft_outcome, "detached by a user"));
	CHECK(core_detach(id, &why) == -ENOENT && says("not attached any more"));
	CHECK(core_detach(id + 1000, &why) == -ENOENT && says("no graft with id"));
	CHECK(core_detach(0, &why) == -ENOENT);
	CHECK(attached("g") > id);
	unload("h");
	CHECK(fake.armed == 1);
	unload("g");
	check_empty();
}

/*
 * The allocations of an attach: the page's structure, its frame, a list of frames, the graft. The
 * page stays once it is granted.
 */
static void attach_without_memory(void)
{
	long frames, memory, nth;

	load("g");
	frames = fake.frames;
	memory = fake.memory;
	for (nth = 1; nth <= 4; nth++) {
		fake.fail_at = fake.allocations + nth;
		CHECK(attach(&trial, "g", "", CORE_SCOPE_FILE, 9) == -ENOMEM);
		CHECK(says("no memory") && named("g")->refs == 1 && !trial.nr_grafts);
		CHECK(fake.frames == frames + (nth == 4) && fake.memory == memory + (nth == 4));
		CHECK(fake.windows == (nth == 4) && !fake.armed);
	}
	fake.fail_at = 0;
	CHECK(attach(&trial, "g", "", CORE_SCOPE_FILE, 9) > 0);
	unload("g");
	check_empty();
}

static void attach_without_window(void)
{
	load("g");
	fake.refuse_grant = -ENOSPC;
	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -ENOSPC && !fake.windows);
	CHECK(named("g")->refs == 1 && !trial.nr_grafts);
	unload("g");
	check_empty();
}

/* ---- questions ---- */

static void scopes(void)
{
	static const enum core_scope order[] = { CORE_SCOPE_ALL, CORE_SCOPE_FILE,
						 CORE_SCOPE_PROCESS };
	static const char *const names[] = { "a", "f", "p" };
	uint32_t ids[3];
	long id;

	CHECK(!ask());
	for (int i = 0; i < 3; i++) {
		load(names[i]);
		id = attach(&trial, names[i], "", order[i], order[i] == CORE_SCOPE_ALL ? 0 : 7);
		CHECK(id > 0);
		ids[i] = (uint32_t)id;
	}
	CHECK(ask_for(7, 7) && named("f")->calls == 1);
	CHECK(ask_for(8, 7) && named("p")->calls == 1);
	CHECK(ask_for(8, 8) && named("a")->calls == 1);
	CHECK(!core_detach(ids[1], &why) && ask_for(7, 7) && named("p")->calls == 2);
	CHECK(!core_detach(ids[0], &why) && !ask_for(8, 8));
	CHECK(was_asked(&trial.asked, 4, 0, 0));
	/* The process ends. */
	ended = true;
	core_sweep_grafts();
	CHECK(!strcmp(outcome_of(ids[2]), "the process has ended") && !ask_for(7, 7));
	for (int i = 0; i < 3; i++)
		unload(names[i]);
	check_empty();
}

static void busy_at_call(void)
{
	const struct core_plugin *plugin = named("g");

	CHECK(plugin->state == CORE_BUSY && seen[0] == 1000 + writes && checked == writes - 1);
	CHECK(fake.nr_args == 5 && fake.args[1] == 21 && fake.args[4] == 24);
	CHECK(fake.args[0] == plugin->windows->offset && plugin->windows->nr == 1);
	CHECK(plugin->windows->frames->address == seen);
}

static void answered(void)
{
	long allocations;
	uint32_t id;

	load("g");
	id = attached("g");
	fake.value = 9;
	fake.during_call = busy_at_call;
	writes = checked = 0;
	allocations = fake.allocations;
	CHECK(ask() && ask() && writes == 2 && checked == 2);
	CHECK(fake.allocations == allocations && named("g")->state == CORE_IDLE);
	CHECK(was_asked(&graft_with(id)->asked, 2, 0, 0));
	CHECK(was_asked(&trial.asked, 2, 0, 0));
	CHECK(!strcmp(outcome_of(id), "") && !graft_with(id)->failures);
	CHECK(named("g")->calls == 2 && named("g")->refs == 2);
	unload("g");
	CHECK(!strcmp(outcome_of(id), "the plugin was unloaded or replaced"));
	check_empty();
}

static void refused(void)
{
	uint32_t id;

	load("g");
	id = attached("g");
	refusal = "too large";
	CHECK(!ask() && graft_with(id)->attached && graft_with(id)->failures == 1);
	CHECK(!strcmp(outcome_of(id), "failure 1 of 2: too large"));
	refusal = NULL;
	CHECK(ask() && graft_with(id)->failures == 1);
	refusal = "too small";
	CHECK(!ask() && !graft_with(id)->attached && !fake.armed && fake.grafts_ended == 1);
	CHECK(!strcmp(fake.graft_outcome, "failure 2 of 2: too small"));
	refusal = NULL;
	CHECK(was_asked(&graft_with(id)->asked, 1, 2, 0));
	CHECK(!ask() && named("g")->state == CORE_IDLE && named("g")->calls == 3);
	CHECK(named("g")->refs == 1); /* the graft's is dropped */
	unload("g");
	check_empty();
}

static void stopped(void)
{
	uint32_t id;

	load("g");
	id = attached("g");
	CHECK(attach(&readahead, "g", "", CORE_SCOPE_FILE, 3) > 0);
	fake.next =
		(struct plugin_fault){ .status = PLUGIN_STATUS_FAULT, .vector = 13, .eip = 0x1010 };
	checked = 0;
	CHECK(!ask() && !checked && !fake.armed && fake.grafts_ended == 2);
	CHECK(!strcmp(outcome_of(id), "the plugin was stopped"));
	CHECK(was_asked(&graft_with(id)->asked, 0, 1, 0));
	CHECK(named("g")->state == CORE_DEAD && named("g")->refs == 1 && fake.released == 1);
	unload("g");
	check_empty();
}

/* A plain call of the plugin stops it: the references of its grafts are dropped then too. */
static void stopped_in_plain_call(void)
{
	struct core_result result;

	load("g");
	CHECK(attach(&trial, "g", "", CORE_SCOPE_FILE, 3) > 0);
	fake.next =
		(struct plugin_fault){ .status = PLUGIN_STATUS_FAULT, .vector = 13, .eip = 0x1010 };
	CHECK(!core_call("g", "plain", NULL, 0, &result, &why) && result.status);
	CHECK(!fake.armed && fake.released == 1 && named("g")->refs == 1);
	unload("g");
	check_empty();
}

static void killed_before(void)
{
	uint32_t id;

	load("g");
	id = attached("g");
	CHECK(!core_kill("g", &why));
	CHECK(!graft_with(id)->attached && !ask() && !named("g")->calls);
	CHECK(was_asked(&graft_with(id)->asked, 0, 0, 0));
	unload("g");
	check_empty();
}

/* ---- what happens during a question ---- */

static void (*event)(void);

static bool event_comes(uint32_t handle)
{
	(void)handle;
	fake.interrupt = NULL;
	event();
	return true;
}

static uint32_t asked_id;

/* Asks g while @what happens in the call. */
static bool ask_during(void (*what)(void))
{
	load("g");
	asked_id = attached("g");
	event = what;
	fake.interrupt = event_comes;
	return ask();
}

static void is_killed(void)
{
	CHECK(!core_kill("g", &why));
}

static void killed_during(void)
{
	CHECK(!ask_during(is_killed) && !strcmp(outcome_of(asked_id), "the plugin was stopped"));
	CHECK(was_asked(&graft_with(asked_id)->asked, 0, 1, 0));
	CHECK(named("g")->refs == 1);
	unload("g");
	check_empty();
}

static void is_detached(void)
{
	long memory = fake.memory;

	CHECK(!core_detach(asked_id, &why) && !fake.armed);
	CHECK(fake.memory == memory && graft_with(asked_id)->target.plugin == named("g"));
}

static void detached_during(void)
{
	CHECK(ask_during(is_detached) && !graft_with(asked_id)->attached);
	CHECK(was_asked(&graft_with(asked_id)->asked, 1, 0, 0));
	CHECK(named("g")->refs == 1 && named("g")->state == CORE_IDLE);
	/* The same, and the answer is refused. */
	unload("g");
	refusal = "no";
	CHECK(!ask_during(is_detached) && graft_with(asked_id)->failures == 1);
	CHECK(!strcmp(outcome_of(asked_id), "detached by a user"));
	refusal = NULL;
	unload("g");
	check_empty();
}

static void is_replaced(void)
{
	replace("g");
	CHECK(!graft_with(asked_id)->attached);
}

static void replaced_during(void)
{
	CHECK(ask_during(is_replaced));
	CHECK(!strcmp(outcome_of(asked_id), "the plugin was unloaded or replaced"));
	CHECK(was_asked(&graft_with(asked_id)->asked, 1, 0, 0));
	CHECK(fake.handles == 1 && !fake.windows && !named("g")->calls && !ask());
	unload("g");
	check_empty();
}

/* Another task kills and unloads the plugin, and gives up to wait for the call's end. */
static void is_unloaded(void)
{
	fake.caller = 2;
	CHECK(core_unload("g", false, &why) == -EBUSY && graft_with(asked_id)->attached);
	CHECK(core_unload("g", true, &why) == -EINTR && !graft_with(asked_id)->attached);
	fake.caller = 1;
}

static void unloaded_during(void)
{
	fake.caller = 1;
	CHECK(!ask_during(is_unloaded) && !named("g") && !fake.handles);
	CHECK(was_asked(&graft_with(asked_id)->asked, 0, 1, 0));
	check_empty();
}

/* ---- unasked ---- */

static void dying(void)
{
	uint32_t id;

	load("g");
	id = attached("g");
	fake.fatal_signal = true;
	writes = 0;
	CHECK(!ask() && !writes && !named("g")->calls);
	fake.fatal_signal = false;
	/* The monitor has no memory. */
	fake.refuse_call = -ENOMEM;
	CHECK(!ask());
	fake.refuse_call = 0;
	CHECK(was_asked(&graft_with(id)->asked, 0, 0, 2));
	CHECK(was_asked(&trial.asked, 0, 0, 2));
	CHECK(!graft_with(id)->failures && ask());
	unload("g");
	check_empty();
}

/* In a service of a call of g the kernel asks the graft of g. */
static bool ask_time(uint32_t handle, uint32_t turn, int status, uint32_t value,
		     struct port_answer *request)
{
	const struct core_plugin *plugin = named("g");

	(void)handle;
	(void)status;
	(void)value;
	*request = (struct port_answer){ .edx = SERVICE_now,
					 .ebx = PLUGIN_TEXT_BASE +
						(plugin->nr_text + plugin->nr_rodata) * 4096 };
	return !turn;
}

static void asks_again(void)
{
	fake.during_service = NULL;
	CHECK(!ask());
}

static void nested(void)
{
	struct core_result result;
	uint32_t id;

	load("g");
	id = attached("g");
	fake.ask = ask_time;
	fake.pass_all = true;
	fake.during_service = asks_again;
	CHECK(!core_call("g", "plain", NULL, 0, &result, &why) && !result.status);
	CHECK(was_asked(&graft_with(id)->asked, 0, 0, 1));
	fake.during_service = asks_again;
	CHECK(ask());
	CHECK(was_asked(&graft_with(id)->asked, 1, 0, 2));
	CHECK(graft_with(id)->attached && !graft_with(id)->failures && !graft_with(id)->askers);
	unload("g");
	check_empty();
}

/* ---- the list ---- */

static void list(void)
{
	uint32_t id = 0, before = 0;

	load("g");
	for (int i = 0; i < CORE_DETACHED_MAX + 10; i++) {
		id = attached("g");
		CHECK(id > before && !core_detach(id, &why));
		CHECK(nr_listed(false) <= CORE_DETACHED_MAX);
		before = id;
	}
	CHECK(nr_listed(false) == CORE_DETACHED_MAX && named("g")->refs == 1);
	CHECK(graft_with(id) && graft_with(id - CORE_DETACHED_MAX + 1));
	CHECK(!graft_with(id - CORE_DETACHED_MAX));
	unload("g");
	check_empty();
}

/* many.plg has room for windows, but no graft. */
static void no_grafts(void)
{
	load_file("m", &many);
	CHECK(attach(&trial, "m", "first", CORE_SCOPE_ALL, 0) == -EINVAL && says("is no graft"));
	CHECK(attach(&trial, "m", "", CORE_SCOPE_ALL, 0) == -ENOENT);
	unload("m");
	check_empty();
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	grafts = read_file(argv[1]);
	many = read_file(argv[2]);
	attach_refused();
	attach_to_dead();
	attach_twice();
	attach_without_memory();
	attach_without_window();
	scopes();
	answered();
	refused();
	stopped();
	killed_before();
	killed_during();
	detached_during();
	replaced_during();
	unloaded_during();
	dying();
	nested();
	no_grafts();
	stopped_in_plain_call();
	list();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
