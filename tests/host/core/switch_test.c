// SPDX-License-Identifier: MIT
/*
 * Questions of the scheduler in the plugin core, against a fake monitor.
 *
 * Claims: while a plugin has a graft at a point of CORE_SWITCH, interrupts are off between the begin of a
 * call and its end, whoever calls, and from the detach on as before. A question of the scheduler neither
 * sleeps nor allocates, however it ends, or the fake aborts; what the graft holds is dropped later, by
 * a task. A service that may wake up a task is refused in it, and only in it. Cannot tell: whether Linux keeps
 * interrupts off (linux_port_test.c), and wakes up nobody (tests/linux/test_sched.py).
 *
 * Arguments: as of graft_test.
 */
#include "grafting.h"
#include "request.h"
#include "service/service.h"
#include <ringfence/service_list.h>

static struct core_result result;

static long attach_to(enum core_point_context context)
{
	trial.context = context;
	trial.budget_us = CORE_ATOMIC_US;
	return attach(&trial, "g", "", CORE_SCOPE_CGROUP, 1);
}

static bool ask_from_scheduler(void)
{
	bool taken;

	fake.switching = true;
	taken = ask();
	fake.switching = false;
	return taken;
}

static int call_plain(void)
{
	static const uint32_t args[] = { 7 };

	return core_call("g", "plain", args, 1, &result, &why);
}

static enum port_bars barred;
static unsigned int calls;

static void looks(void)
{
	CHECK(fake.barred == barred);
	calls++;
}

static void interrupts_are_off(void)
{
	long id, softirqs;

	load("g");
	id = attach_to(CORE_SWITCH);
	CHECK(id > 0 && named("g")->budget_us == CORE_ATOMIC_US &&
	      named("g")->grafts_with[PORT_BARS_INTERRUPTS] == 1);
	calls = 0;
	fake.during_call = looks;
	barred = PORT_BARS_INTERRUPTS;
	CHECK(!call_plain() && ask() && calls == 2 && !fake.barred && !fake.masked);
	barred = PORT_BARS_TASKS; /* they are off anyhow */
	CHECK(ask_from_scheduler() && was_asked(&trial.asked, 2, 0, 0));
	/* With one for softirqs beside it, and after it. */
	trial.context = CORE_SOFTIRQ;
	softirqs = attach(&trial, "g", "", CORE_SCOPE_ALL, 0);
	trial.context = CORE_SWITCH;
	barred = PORT_BARS_INTERRUPTS;
	CHECK(softirqs > 0 && !call_plain());
	CHECK(!core_detach((uint32_t)id, &why));
	trial.context = CORE_SOFTIRQ;
	barred = PORT_BARS_SOFTIRQS;
	CHECK(!named("g")->grafts_with[PORT_BARS_INTERRUPTS] && !call_plain());
	CHECK(!core_detach((uint32_t)softirqs, &why));
	barred = PORT_BARS_TASKS;
	CHECK(!call_plain() && calls == 6);
	unload("g");
	check_empty();
}

static void stopped(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to(CORE_SWITCH);
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_TIMEOUT, .vector = 32 };
	fake.delays_workers = true;
	CHECK(!ask_from_scheduler() && was_asked(&graft_with(id)->asked, 0, 1, 0));
	CHECK(!strcmp(outcome_of(id), "the plugin was stopped") && !fake.grafts_ended);
	CHECK(!graft_with(id)->freed && graft_with(id)->target.plugin == named("g"));
	core_tell_ends(); /* by the task that port_grafts_ended() has woken */
	CHECK(fake.grafts_ended == 1);
	CHECK(graft_with(id)->freed && named("g")->refs == 1 && !named("g")->bars);
	CHECK(!ask_from_scheduler() && was_asked(&trial.asked, 0, 1, 0));
	unload("g");
	check_empty();
}

static void refused(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to(CORE_SWITCH);
	refusal = "no";
	fake.delays_workers = true;
	CHECK(!ask_from_scheduler() && graft_with(id)->attached && !ask_from_scheduler());
	refusal = NULL;
	CHECK(!graft_with(id)->attached && !graft_with(id)->freed);
	core_tell_ends();
	CHECK(graft_with(id)->freed && !named("g")->bars);
	unload("g");
	check_empty();
}

/* The scheduler asks in the name of the task that waits, of which a call is under way. */
static void asks_within(void)
{
	fake.during_call = NULL;
	CHECK(ask_from_scheduler());
}

static void over_another_plugin(void)
{
	load("g");
	load("m");
	attach_to(CORE_SWITCH);
	fake.during_call = asks_within;
	fake.fatal_signal = false;
	CHECK(!core_call("m", "plain", NULL, 0, &result, &why) && !result.status);
	CHECK(was_asked(&trial.asked, 1, 0, 0));
	fake.fatal_signal = true; /* is none of the scheduler's */
	CHECK(ask_from_scheduler() && was_asked(&trial.asked, 2, 0, 0));
	fake.fatal_signal = false;
	unload("m");
	unload("g");
	check_empty();
}

static void load_with_all_services(void)
{
	static const uint32_t all[PLUGIN_SERVICES_MAX / 32] = { 0xfffe }; /* 1 to 15 */
	struct core_load load = {
		.name = "g", .image = grafts.at, .size = grafts.size, .allowed = all
	};
	uint32_t id;

	CHECK(!core_load(&load, &id, &why), "%s", why.text);
}

static void services(void)
{
	uint32_t number;

	for (number = 1; core_service_name(number); number++) {
		bool wakes = SERVICES_NOT_IN_SWITCH & 1u << number;

		load_with_all_services();
		attach_to(CORE_SWITCH);
		asked = (struct port_answer){ .edx = number };
		fake.ask = ask_once;
		CHECK(ask_from_scheduler() && (answer_status == -EBUSY) == wakes, "%u", number);
		CHECK(ask() &&
		      (answer_status == -EBUSY) == wakes); /* the same entry, so the same rule */
		CHECK(!call_plain() && answer_status != -EBUSY, "%u", number);
		fake.ask = NULL;
		unload("g");
		check_empty();
	}
	CHECK(number == 16);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	grafts = read_file(argv[1]);
	interrupts_are_off();
	stopped();
	refused();
	over_another_plugin();
	services();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
