// SPDX-License-Identifier: MIT
/*
 * Atomic calls in the plugin core: what limits them, against a fake monitor.
 *
 * Claims: an atomic call has a budget of 1 ms or the plugin's own, the lower of the two, and
 * the service `budget` tells it. Interrupts and pauses of the machine do not end the call,
 * however long they are. A loop of requests ends the call when the services have taken 1 ms,
 * of which one service counts for at most 100 us. Cannot tell: how the monitor counts a budget.
 *
 * Arguments: hello.plg and many.plg, as for registry_test.
 */
#include "calling.h"

static uint32_t requests;

/* Plays a plugin that requests its budget, and is told @told. */
static uint32_t told;

static bool ask_budget(uint32_t handle, uint32_t turn, int status, uint32_t value,
		       struct port_answer *request)
{
	(void)handle;
	CHECK(!status);
	if (turn)
		told = value;
	*request = (struct port_answer){ .edx = SERVICE_budget };
	return !turn;
}

static void budgets(void)
{
	struct core_load load_it = {
		.name = "p", .image = many.at, .size = many.size, .budget_us = 700
	};
	uint32_t id;

	load("p", 0, 0);
	fake.ask = ask_budget;
	CHECK(!call_atomic("p") && !result.status && told == 1000);
	CHECK(named("p")->budget_us > 1000 && fake.budget_us == named("p")->budget_us);
	CHECK(!call("p") && !result.status && told == named("p")->budget_us);
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_TIMEOUT, .vector = 32 };
	CHECK(!call_atomic("p") && result.status == PLUGIN_STATUS_TIMEOUT);
	says(fake.warning, "it exceeded its budget of 1000 us");
	unload("p");
	check_empty();

	/* A budget below 1 ms is not changed. */
	CHECK(!core_load(&load_it, &id, &why));
	fake.ask = ask_budget;
	CHECK(!call_atomic("p") && !result.status && told == 700 && !fake.budget_us);
	unload("p");
	check_empty();
}

/* An interrupt handler, or a pause of the machine, takes 5 s while the plugin runs. */
static bool ask_after_pause(uint32_t handle, uint32_t turn, int status, uint32_t value,
			    struct port_answer *request)
{
	(void)handle;
	(void)status;
	(void)value;
	fake.clock += 5000 * MS;
	fake.cpu_time += 5000 * MS;
	*request = time_request("p");
	return turn < requests;
}

static void pauses(void)
{
	load("p", 0, 0);
	fake.ask = ask_after_pause;
	requests = 100;
	CHECK(!call_atomic("p") && !result.status && !fake.kills);
	CHECK(named("p")->requests == 100 && !fake.gave_way);

	/* The same in ten services of a call: 10 times 100 us are not more than 1 ms. */
	fake.during_service = service_takes;
	requests = 10;
	CHECK(!call_atomic("p") && !result.status && !fake.kills);
	CHECK(used("p").service_ns == 30 * MS);

	/* A limit that a caller gives for the time from begin to end does not apply either. */
	const struct core_call own = {
		.name = "p", .entry = "first", .atomic = true, .wall_us = 1
	};

	CHECK(!core_call_plugin(&own, &result, &why) && !result.status);
	unload("p");
	check_empty();
}

static void service_is_short(void)
{
	fake.cpu_time += 40000;
}

static void loops(void)
{
	load("p", 0, 0);
	fake.ask = ask_slow;
	fake.during_service = service_takes;
	CHECK(!call_atomic("p") && named("p")->requests == 11 && !fake.gave_way);
	CHECK(fake.budget_us == named("p")->budget_us); /* restored */
	check_killed("services took longer than 1000 us");

	load("p", 0, 0);
	fake.ask = ask_slow;
	fake.during_service = service_is_short;
	CHECK(!call_atomic("p") && named("p")->requests == 26); /* 25 times 40 us are 1 ms */
	check_killed("services took longer than 1000 us");

	/* The plugin's own limit, if that is lower. */
	load("p", 0, 500);
	fake.ask = ask_slow;
	fake.during_service = service_is_short;
	CHECK(!call_atomic("p") && named("p")->requests == 13);
	check_killed("services took longer than 500 us");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	many = read_file(argv[2]);
	budgets();
	pauses();
	loops();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
