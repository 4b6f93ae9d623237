// SPDX-License-Identifier: MIT
/*
 * Grafts in the plugin core, against a fake monitor.
 *
 * Claims: only a graft of the point and version is attached, to a living plugin, once for a
 * scope. The graft of the preferred scope is asked. An answer counts only if the plugin has
 * returned and the check takes it; else the graft has failed, and is detached after as many
 * failures as its attach says, or at once if the plugin was stopped. The window is written
 * before and checked after the call, while the plugin is BUSY. Whatever ends, memory, frames and
 * references are given back. Cannot tell: what the port does with an answer.
 *
 * Arguments: grafts.plg, built from tests/plugins/grafts, and many.plg, as for registry_test.
 */
#include "grafting.h"

static struct bytes many; /* many.plg */

/* ---- attach ---- */

static void attach_refused(void)
{
	struct core_point other = trial, narrow = trial;

	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -ENOENT && says("no plugin named g"));
	load("g");
	CHECK(attach(&trial, "g", "none", CORE_SCOPE_ALL, 0) == -ENOENT && says("named none"));
	CHECK(attach(&trial, "g", "plain", CORE_SCOPE_ALL, 0) == -EINVAL &&
	      says("entry plain of plugin g is no graft: define it with PLUGIN_GRAFT(trial)"));
	CHECK(attach(&trial, "g", "readahead", CORE_SCOPE_ALL, 0) == -EINVAL &&
	      says("for another point, not for trial"));
	other.version = 2;
	narrow.scopes = 1u << CORE_SCOPE_CGROUP;
	CHECK(attach(&narrow, "g", "", CORE_SCOPE_FILE, 7) == -EINVAL &&
	      says("cannot be for a file"));
	CHECK(attach(&narrow, "g", "", CORE_SCOPE_ALL, 0) == -EINVAL && says("cannot be for all"));
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
	static const enum core_scope order[] = { CORE_SCOPE_ALL, CORE_SCOPE_CGROUP, CORE_SCOPE_FILE,
						 CORE_SCOPE_PROCESS };
	static const char *const names[] = { "a", "c", "f", "p" };
	uint32_t ids[4];
	long id;

	CHECK(!ask());
	for (int i = 0; i < 4; i++) {
		load(names[i]);
		id = attach(&trial, names[i], "", order[i], order[i] == CORE_SCOPE_ALL ? 0 : 7);
		CHECK(id > 0);
		ids[i] = (uint32_t)id;
	}
	CHECK(ask_for(7, 7) && named("f")->calls == 1);
	CHECK(ask_for(8, 7) && named("p")->calls == 1);
	CHECK(ask_for(8, 8) && named("a")->calls == 1);
	CHECK(ask_in(7) && named("c")->calls == 1);
	CHECK(!core_detach(ids[2], &why) && ask_for(7, 7) && named("p")->calls == 2);
	CHECK(!core_detach(ids[0], &why) && !ask_for(8, 8));
	CHECK(was_asked(&trial.asked, 5, 0, 0));
	/* The process and the cgroup end. */
	ended = true;
	core_sweep_grafts();
	CHECK(!strcmp(outcome_of(ids[3]), "the process has ended") && !ask_for(7, 7));
	CHECK(!strcmp(outcome_of(ids[1]), "the cgroup was removed") && !ask_in(7));
	for (int i = 0; i < 4; i++)
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
	/* None is forgotten before users were told. */
	fake.delays_workers = true;
	for (int i = 0; i < CORE_DETACHED_MAX + 10; i++)
		CHECK(!core_detach(attached("g"), &why));
	CHECK(nr_listed(false) == 2 * CORE_DETACHED_MAX + 10);
	fake.delays_workers = fake.tells = false;
	fake.grafts_ended = 0;
	core_tell_ends();
	CHECK(nr_listed(false) == CORE_DETACHED_MAX && fake.grafts_ended == CORE_DETACHED_MAX + 10);
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
	no_grafts();
	stopped_in_plain_call();
	list();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
