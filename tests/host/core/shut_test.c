// SPDX-License-Identifier: MIT
/*
 * Grafts that fail closed, and questions to a chosen graft.
 *
 * Claims: at a point that allows it, a graft that was attached to fail closed is shut, not detached, when
 * its answers are refused once too often, when its plugin is stopped, unloaded or replaced. It then stays attached,
 * is not asked, keeps its place from other grafts, and holds neither its plugin nor the plugin's memory.
 * A user detaches it, and so does the end of what it is for; then all is given back, also if it was shut while it was
 * asked. core_choose() finds the graft that core_ask() would ask, and core_ask_graft() asks no other.
 *
 * Arguments: as for graft_test.
 */
#include "grafting.h"

/* Fails, or returns the id of a graft that fails closed. */
static uint32_t attach_closed(const char *plugin, enum core_scope scope, uintptr_t key)
{
	const struct core_attach attach = {
		.point = &trial,
		.plugin = plugin,
		.entry = "",
		.scope = scope,
		.key = key,
		.held = &ended,
		.process = 5,
		.target_name = "target",
		.fails_closed = true,
	};
	uint32_t id = 0;

	CHECK(!core_attach(&attach, &id, &why), "%s", why.text);
	nr_held++;
	return id;
}

static struct core_chosen chosen;

static bool chooses(uintptr_t file, uintptr_t process)
{
	const uintptr_t keys[CORE_SCOPES] = {
		[CORE_SCOPE_FILE] = file, [CORE_SCOPE_PROCESS] = process
	};

	return core_choose(&trial, keys, &chosen);
}

static bool ask_graft(uint32_t id)
{
	uint32_t args[] = { 0, 21, 22, 23, 24 };
	const struct core_question question = { .point = &trial,
						.args = args,
						.write = write_window,
						.check = check_window,
						.what = &trial };

	return core_ask_graft(&question, id);
}

static void check_shut(uint32_t id, const char *outcome)
{
	CHECK(graft_with(id)->attached && graft_with(id)->shut && trial.nr_grafts == 1);
	CHECK(fake.armed == 1 && !strcmp(outcome_of(id), outcome), "%s", outcome_of(id));
	CHECK(chooses(7, 8) && chosen.id == id && chosen.fails_closed && chosen.shut);
	CHECK(!ask_graft(id) && !graft_with(id)->target.plugin);
}

static void not_at_each_point(void)
{
	struct core_attach attach = { .point = &readahead,
				      .plugin = "g",
				      .entry = "",
				      .scope = CORE_SCOPE_ALL,
				      .fails_closed = true };
	uint32_t id;

	load("g");
	CHECK(core_attach(&attach, &id, &why) == -EINVAL &&
	      says("a graft for readahead cannot fail closed"));
	unload("g");
	check_empty();
}

static void chosen_graft(void)
{
	uint32_t file, process;

	CHECK(!chooses(7, 8));
	load("f");
	load("p");
	process = (uint32_t)attach(&trial, "p", "", CORE_SCOPE_PROCESS, 8);
	file = attach_closed("f", CORE_SCOPE_FILE, 7);
	CHECK(chooses(7, 8) && chosen.id == file && chosen.fails_closed && !chosen.shut);
	CHECK(chooses(1, 8) && chosen.id == process && !chosen.fails_closed && !chosen.shut);
	CHECK(!chooses(1, 1));
	CHECK(ask_graft(process) && named("p")->calls == 1 && !named("f")->calls);
	CHECK(ask_graft(file) && named("f")->calls == 1);
	CHECK(!ask_graft(file + 1) && !ask_graft(0) && was_asked(&trial.asked, 2, 0, 0));
	CHECK(!core_detach(file, &why) && !ask_graft(file) && chooses(7, 8) &&
	      chosen.id == process);
	unload("p");
	CHECK(!ask_graft(process));
	unload("f");
	check_empty();
}

static void refused(void)
{
	uint32_t id;

	load("g");
	id = attach_closed("g", CORE_SCOPE_FILE, 7);
	refusal = "too large";
	CHECK(!ask_graft(id) && !graft_with(id)->shut && !fake.grafts_ended);
	CHECK(!ask_graft(id));
	check_shut(id, "failure 2 of 2: too large");
	CHECK(fake.grafts_ended == 1 && named("g")->refs == 1 && !named("g")->grafts);
	refusal = NULL;
	CHECK(was_asked(&graft_with(id)->asked, 0, 2, 0) && !fake.released);
	/* Another one does not take its place. */
	CHECK(attach(&trial, "g", "", CORE_SCOPE_FILE, 7) == -EEXIST);
	CHECK(!core_detach(id, &why) && !chooses(7, 8) && !fake.armed && fake.released == 1);
	CHECK(fake.grafts_ended == 2 && core_detach(id, &why) == -ENOENT);
	unload("g");
	check_empty();
}

/* A graft is shut, and then detached before users were told of the first: they hear of both. */
static void told_later(void)
{
	uint32_t id;

	load("g");
	id = attach_closed("g", CORE_SCOPE_FILE, 7);
	refusal = "too large";
	fake.delays_workers = true;
	CHECK(!ask_graft(id) && !ask_graft(id) && graft_with(id)->shut);
	CHECK(!core_detach(id, &why) && !fake.grafts_ended);
	refusal = NULL;
	fake.delays_workers = fake.tells = false;
	core_tell_ends();
	CHECK(fake.grafts_ended == 2 && !strcmp(fake.graft_outcome, "detached by a user"));
	core_tell_ends();
	CHECK(fake.grafts_ended == 2);
	unload("g");
	check_empty();
}

static void stopped(void)
{
	uint32_t id;

	load("g");
	id = attach_closed("g", CORE_SCOPE_FILE, 7);
	fake.next =
		(struct plugin_fault){ .status = PLUGIN_STATUS_FAULT, .vector = 13, .eip = 0x1010 };
	CHECK(!ask_graft(id));
	check_shut(id, "the plugin was stopped");
	CHECK(named("g")->state == CORE_DEAD && named("g")->refs == 1);
	unload("g");
	check_shut(id, "the plugin was stopped");
	CHECK(!fake.frames && !fake.windows && fake.memory == 1 + nr_listed(false));
	CHECK(!core_detach(id, &why));
	check_empty();
}

static void unloaded(void)
{
	uint32_t id, other;

	load("g");
	id = attach_closed("g", CORE_SCOPE_FILE, 7);
	unload("g");
	check_shut(id, "the plugin was unloaded or replaced");
	CHECK(!fake.frames);
	load("g");
	CHECK(!core_detach(id, &why));
	id = attach_closed("g", CORE_SCOPE_FILE, 7);
	CHECK(ask_graft(id));
	replace("g");
	check_shut(id, "the plugin was unloaded or replaced");
	CHECK(!named("g")->grafts);
	/* With the new plugin, for something else; its end is not that of the shut one. */
	other = (uint32_t)attach(&trial, "g", "", CORE_SCOPE_PROCESS, 9);
	CHECK(ask_graft(other) && !ask_graft(id));
	unload("g");
	CHECK(!graft_with(other)->attached);
	check_shut(id, "the plugin was unloaded or replaced");
	CHECK(!core_detach(id, &why));
	check_empty();
}

/* What it was for ends. */
static void over(void)
{
	uint32_t id;

	load("g");
	id = attach_closed("g", CORE_SCOPE_PROCESS, 8);
	unload("g");
	check_shut(id, "the plugin was unloaded or replaced");
	ended = true;
	core_sweep_grafts();
	CHECK(!graft_with(id)->attached && !strcmp(outcome_of(id), "the process has ended"));
	CHECK(!chooses(7, 8) && fake.released == 1);
	check_empty();
}

static uint32_t asked_id;
static bool detaches;

static void end_in_call(void)
{
	CHECK(!core_kill("g", &why));
	if (detaches)
		CHECK(!core_detach(asked_id, &why));
}

/* The plugin is killed in the call, and the graft detached as well, or later. */
static void in_the_call(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		detaches = i;
		load("g");
		asked_id = attach_closed("g", CORE_SCOPE_FILE, 7);
		fake.during_call = end_in_call;
		fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_KILLED };
		CHECK(!ask_graft(asked_id));
		fake.during_call = NULL;
		if (!detaches) {
			check_shut(asked_id, "the plugin was stopped");
			CHECK(!core_detach(asked_id, &why));
		}
		CHECK(!graft_with(asked_id)->attached && fake.released == 1);
		unload("g");
		check_empty();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	grafts = read_file(argv[1]);
	trial.closes = true;
	not_at_each_point();
	chosen_graft();
	refused();
	told_later();
	stopped();
	unloaded();
	over();
	in_the_call();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
