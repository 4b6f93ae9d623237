// SPDX-License-Identifier: MIT
/*
 * Questions from softirqs in the plugin core, against a fake monitor.
 *
 * Claims: while a plugin has a graft at a point of CORE_SOFTIRQ, no softirq runs between the begin
 * of a call and its end, and from the detach on as before. A question from a softirq neither sleeps
 * nor allocates, however it ends, or the fake aborts; what the graft holds is dropped later, by a
 * task. Softirqs that come in spite of that are told busy, and nothing else happens. Cannot tell:
 * whether Linux keeps softirqs off (tests/linux/test_packets.py).
 *
 * Arguments: as of graft_test.
 */
#include "grafting.h"

static struct core_result result;

static long attach_to_softirq(enum core_scope scope)
{
	trial.context = CORE_SOFTIRQ;
	trial.budget_us = CORE_ATOMIC_US;
	return attach(&trial, "g", "", scope, scope == CORE_SCOPE_SOCKET);
}

static bool ask_from_softirq(void)
{
	bool taken;

	fake.softirq = true;
	taken = ask();
	fake.softirq = false;
	return taken;
}

static int call_plain(void)
{
	static const uint32_t args[] = { 7 };

	return core_call("g", "plain", args, 1, &result, &why);
}

/* ---- during a call ---- */

static bool barred;
static unsigned int calls;

static void looks(void)
{
	CHECK(fake.barred == barred);
	calls++;
}

static bool event_comes(uint32_t handle)
{
	(void)handle;
	CHECK(fake.barred);
	fake.interrupt = NULL;
	return true;
}

static void softirqs_are_barred(void)
{
	long for_all, for_socket;

	load("g");
	fake.during_call = looks;
	CHECK(!call_plain() && calls == 1);
	for_all = attach_to_softirq(CORE_SCOPE_ALL);
	for_socket = attach_to_softirq(CORE_SCOPE_SOCKET);
	CHECK(for_all > 0 && for_socket > 0 && named("g")->budget_us == CORE_ATOMIC_US);
	barred = true;
	fake.interrupt = event_comes;
	CHECK(!call_plain() && !fake.interrupt && !fake.barred && !fake.gave_way);
	CHECK(ask() && !fake.barred);
	/* In a softirq none can come. */
	barred = false;
	CHECK(ask_from_softirq() && was_asked(&trial.asked, 2, 0, 0));
	/* Until the last of these grafts is detached. */
	barred = true;
	CHECK(!core_detach((uint32_t)for_all, &why) && !call_plain());
	barred = false;
	CHECK(!core_detach((uint32_t)for_socket, &why) && !call_plain() && calls == 6);
	unload("g");
	check_empty();
}

/* A graft of another point bars tasks only. */
static void other_points(void)
{
	load("g");
	trial.context = CORE_PROCESS;
	attached("g");
	calls = 0;
	fake.during_call = looks;
	CHECK(ask() && !call_plain() && calls == 2);
	unload("g");
	check_empty();
}

/* Detached in the middle of a call, which unmasks what it has masked. */
static void is_detached(void)
{
	CHECK(fake.barred && !core_detach(nr_listed(false) + 1, &why), "%s", why.text);
}

static void detached_during(void)
{
	long id;

	load("g");
	id = attach_to_softirq(CORE_SCOPE_ALL);
	CHECK(id == nr_listed(false) + 1);
	fake.during_call = is_detached;
	CHECK(!call_plain() && !fake.barred && !fake.masked &&
	      !named("g")->grafts_with[PORT_BARS_SOFTIRQS]);
	unload("g");
	check_empty();
}

/* ---- how questions end ---- */

static void stopped(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to_softirq(CORE_SCOPE_ALL);
	fake.next = (struct plugin_fault){ .status = PLUGIN_STATUS_TIMEOUT, .vector = 32 };
	fake.delays_workers = true;
	CHECK(!ask_from_softirq() && was_asked(&graft_with(id)->asked, 0, 1, 0));
	CHECK(!strcmp(outcome_of(id), "the plugin was stopped") && !fake.grafts_ended);
	CHECK(!graft_with(id)->freed && graft_with(id)->target.plugin == named("g"));
	core_tell_ends(); /* by the task that port_grafts_ended() has woken */
	CHECK(fake.grafts_ended == 1);
	CHECK(graft_with(id)->freed && named("g")->refs == 1 &&
	      !named("g")->grafts_with[PORT_BARS_SOFTIRQS]);
	CHECK(!ask_from_softirq() && was_asked(&trial.asked, 0, 1, 0));
	unload("g");
	check_empty();
}

static void refused(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to_softirq(CORE_SCOPE_ALL);
	refusal = "no";
	fake.delays_workers = true;
	CHECK(!ask_from_softirq() && graft_with(id)->attached && !ask_from_softirq());
	refusal = NULL;
	CHECK(!graft_with(id)->attached && !graft_with(id)->freed);
	CHECK(!strcmp(outcome_of(id), "failure 2 of 2: no"));
	core_tell_ends();
	CHECK(graft_with(id)->freed && !named("g")->grafts_with[PORT_BARS_SOFTIRQS]);
	unload("g");
	check_empty();
}

/* A fatal signal of the interrupted task is none of the softirq's. */
static void interrupted_task_is_dying(void)
{
	load("g");
	attach_to_softirq(CORE_SCOPE_ALL);
	fake.fatal_signal = true;
	CHECK(ask_from_softirq() && was_asked(&trial.asked, 1, 0, 0));
	fake.fatal_signal = false;
	unload("g");
	check_empty();
}

static void asks_within(void)
{
	fake.during_call = NULL;
	CHECK(ask_from_softirq());
}

/* The softirq interrupts a call of another plugin, so it asks in the name of the same task. */
static void over_another_plugin(void)
{
	load("g");
	load("m");
	attach_to_softirq(CORE_SCOPE_ALL);
	fake.during_call = asks_within;
	CHECK(!core_call("m", "plain", NULL, 0, &result, &why) && !result.status);
	CHECK(was_asked(&trial.asked, 1, 0, 0));
	unload("m");
	unload("g");
	check_empty();
}

static void asks_busy(void)
{
	unsigned int masked = fake.masked;

	fake.during_call = NULL;
	fake.masked = 0;
	fake.barred = false;
	CHECK(!ask_from_softirq());
	fake.masked = masked;
	fake.barred = true;
}

static void busy_is_unasked(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to_softirq(CORE_SCOPE_ALL);
	fake.during_call = asks_busy;
	CHECK(!call_plain() && was_asked(&graft_with(id)->asked, 0, 0, 1));
	CHECK(!graft_with(id)->failures && graft_with(id)->attached && ask_from_softirq());
	unload("g");
	check_empty();
}

static void closed(void)
{
	uint32_t id;

	load("g");
	id = (uint32_t)attach_to_softirq(CORE_SCOPE_SOCKET);
	core_sweep_grafts();
	CHECK(graft_with(id)->attached && named("g")->grafts_with[PORT_BARS_SOFTIRQS] == 1);
	ended = true;
	core_sweep_grafts();
	CHECK(!strcmp(outcome_of(id), "the socket was closed") &&
	      !named("g")->grafts_with[PORT_BARS_SOFTIRQS]);
	unload("g");
	check_empty();
}

static void scopes(void)
{
	uint32_t all = trial.scopes;

	load("g");
	trial.scopes = 1u << CORE_SCOPE_SOCKET;
	CHECK(attach_to_softirq(CORE_SCOPE_ALL) == -EINVAL && says("cannot be for all"));
	CHECK(attach_to_softirq(CORE_SCOPE_FILE) == -EINVAL && says("cannot be for a file"));
	CHECK(attach_to_softirq(CORE_SCOPE_SOCKET) > 0);
	trial.scopes = all & ~trial.scopes;
	CHECK(attach_to_softirq(CORE_SCOPE_SOCKET) == -EINVAL && says("for a socket"));
	CHECK(attach_to_softirq(CORE_SCOPE_PROCESS) > 0);
	trial.scopes = all;
	unload("g");
	check_empty();
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	grafts = read_file(argv[1]);
	softirqs_are_barred();
	other_points();
	detached_during();
	stopped();
	refused();
	interrupted_task_is_dying();
	over_another_plugin();
	busy_is_unasked();
	closed();
	scopes();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
