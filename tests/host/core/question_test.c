// SPDX-License-Identifier: MIT
/*
 * What happens during a question to a graft, against a fake monitor.
 *
 * Claims: whatever ends the graft, its plugin or the caller during a question, the question is
 * answered, has failed, or could not be put, which is no failure; memory, frames and references
 * are given back.
 *
 * Arguments: as of graft_test.
 */
#include "grafting.h"

/* ---- what happens during a question ---- */

static void (*event)(void);

/* Acts as another processor, so not masked. */
static bool event_comes(uint32_t handle)
{
	unsigned int masked = fake.masked;

	(void)handle;
	CHECK(masked);
	fake.interrupt = NULL;
	fake.masked = 0;
	event();
	fake.masked = masked;
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

/* An answer is copied and judged once, whatever comes of it. */
static void checked_once(void)
{
	load("g");
	asked_id = attached("g");
	checked = 0;
	CHECK(ask() && checked == 1);
	refusal = "no";
	CHECK(!ask() && checked == 2 && graft_with(asked_id)->attached);
	refusal = NULL;
	unload("g");
	CHECK(ask_during(is_detached) && checked == 3);
	unload("g");
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
	(void)handle;
	(void)status;
	(void)value;
	*request = time_request("g");
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

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	grafts = read_file(argv[1]);
	killed_during();
	detached_during();
	replaced_during();
	unloaded_during();
	checked_once();
	dying();
	nested();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
