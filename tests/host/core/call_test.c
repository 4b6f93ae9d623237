// SPDX-License-Identifier: MIT
/*
 * Calls in the plugin core: preemption, limits and nested calls, against a fake monitor.
 *
 * Claims: a call lets other tasks run at each event and after each service, unless the
 * call is atomic. A call is killed when its caller gets a fatal signal, when the call
 * exceeds its wall limit, and when its services exceed theirs, in a loop too; the warning
 * says why. Each call is charged its own times. A caller that could wait for ever is
 * refused. Nested calls are counted for each caller. Cannot tell: two processors.
 *
 * Arguments: hello.plg and many.plg, as for registry_test.
 */
#include "calling.h"

/* ---- preempted ---- */

static unsigned int interruptions;

static bool interrupt(uint32_t handle)
{
	(void)handle;
	if (!interruptions)
		return false;
	interruptions--;
	return true;
}

static unsigned int requests;

static bool ask_log(uint32_t handle, uint32_t turn, int status, uint32_t value,
		    struct port_answer *request)
{
	(void)handle;
	(void)turn;
	(void)value;
	CHECK(!status);
	if (!requests)
		return false;
	requests--;
	*request = (struct port_answer){ .edx = SERVICE_budget };
	return true;
}

static void gives_way(void)
{
	load("p", 0, 0);
	fake.interrupt = interrupt;
	fake.ask = ask_log;
	fake.value = 5;
	interruptions = 7;
	requests = 4;
	CHECK(!call("p") && !result.status && result.value == 5);
	CHECK(fake.gave_way == 11 && named("p")->requests == 4);
	/* An atomic call is not interrupted and lets no other task run. */
	interruptions = 7;
	requests = 4;
	CHECK(!call_atomic("p") && !result.status);
	CHECK(fake.gave_way == 11 && interruptions == 7);
	unload("p");
	check_empty();
}

/* ---- ended ---- */

static void signal_comes(void)
{
	fake.fatal_signal = fake.gave_way == 3;
}

static void signal_now(void)
{
	fake.fatal_signal = true;
}

static void signals(void)
{
	load("p", 0, 0);
	fake.interrupt = interrupt;
	fake.during_give_way = signal_comes;
	interruptions = 1000;
	CHECK(!call("p") && fake.gave_way == 3);
	check_killed("because the process that called it was");

	/* The plugin requests a service again and again. */
	load("p", 0, 0);
	fake.ask = ask_log;
	fake.during_give_way = signal_comes;
	requests = 1000;
	CHECK(!call("p") && fake.gave_way == 3);
	check_killed("because the process that called it was");

	/* Without a pause the call returns in spite of the signal, and the plugin stays idle. */
	load("p", 0, 0);
	fake.during_call = signal_now;
	CHECK(!call("p") && !result.status && named("p")->state == CORE_IDLE);
	fake.during_call = NULL;

	/* If the signal is pending before, the plugin is untouched. An atomic call is made. */
	fake.interrupt = interrupt;
	interruptions = 1;
	CHECK(call("p") == -EINTR && named("p")->state == CORE_IDLE && interruptions == 1);
	says(why.text, "plugin p was not called: the caller is being killed by a signal");
	CHECK(named("p")->calls == 1 && !fake.kills);
	CHECK(!call_atomic("p") && !result.status && named("p")->calls == 2);
	unload("p");
	check_empty();
}

static void clock_goes_on(void)
{
	fake.clock += 4 * MS;
}

static void wall(void)
{
	load("p", 20000, 0);
	fake.interrupt = interrupt;
	fake.during_give_way = clock_goes_on;
	interruptions = 5;
	CHECK(!call("p") && !result.status); /* 20 ms are not more than 20 */
	CHECK(used("p").wall_ns == 20 * MS);
	interruptions = 1000;
	CHECK(!call("p") && 1000 - interruptions == 6);
	check_killed("took longer than 20000 us");

	load("p", 20000, 0);
	fake.ask = ask_log;
	fake.during_give_way = clock_goes_on;
	requests = 1000;
	CHECK(!call("p") && 1000 - requests == 6);
	check_killed("took longer than 20000 us");

	/* A limit of the call itself, first above the plugin's, then below: the lower counts. */
	for (int more = 1; more >= 0; more--) {
		const struct core_call own = { .name = "p",
					       .entry = "first",
					       .wall_us = more ? 90000 : 8000 };

		load("p", 20000, 0);
		fake.interrupt = interrupt;
		fake.during_give_way = clock_goes_on;
		interruptions = 1000;
		CHECK(!core_call_plugin(&own, &result, &why));
		CHECK(1000 - interruptions == (more ? 6 : 3));
		check_killed(more ? "longer than 20000 us" : "longer than 8000 us");
	}

	load("p", 0, 0);
	CHECK(named("p")->wall_us == 60000000 && named("p")->service_us == 1000000);
	unload("p");
	check_empty();
}

static void others_run(void)
{
	fake.clock += 50 * MS;
}

static void services(void)
{
	load("p", 0, 30000);
	fake.ask = ask_slow;
	fake.during_service = service_takes;
	fake.during_give_way = others_run;
	fake.pass_all = true;
	CHECK(!call("p") && named("p")->requests == 11);
	CHECK(used("p").service_ns == 33 * MS && used("p").wall_ns == 11 * 53 * MS);
	CHECK(!used("p").cpu_ns);
	check_killed("its services took longer than 30000 us");
}

static void calls_take(void)
{
	fake.cpu_time += MS;
	fake.clock += 2 * MS;
}

static void charged(void)
{
	load("p", 0, 0);
	fake.during_call = calls_take;
	/* No other task has run, so all of the time counts. */
	CHECK(!call("p") && used("p").cpu_ns == 2 * MS && used("p").wall_ns == 2 * MS);
	/* The time of other tasks in between is wall time, not CPU time. */
	fake.interrupt = interrupt;
	fake.during_give_way = others_run;
	interruptions = 1;
	CHECK(!call("p") && used("p").cpu_ns == 3 * MS && used("p").wall_ns == 54 * MS);
	CHECK(!used("p").service_ns);
	unload("p");
	check_empty();
}

/* ---- nested ---- */

static char deepest;

static void call_next(void)
{
	char name[2] = { ++deepest, 0 };

	if (deepest < 'a' + CORE_DEPTH_MAX) {
		CHECK(!call(name) && !result.status);
		return;
	}
	CHECK(call(name) == -ELOOP);
	/* A call from within a service does not wait for a busy plugin: no end is certain. */
	CHECK(call("a") == -EBUSY);
	/* The nested calls of caller 2 are counted separately. */
	fake.caller = 2;
	fake.during_service = NULL;
	CHECK(!call(name) && !result.status);
	fake.during_service = call_next;
	fake.caller = 1;
}

/* A call that the monitor refuses leaves the plugin idle, and the next call succeeds. */
static void refused(void)
{
	load("p", 0, 0);
	fake.refuse_call = -ENOMEM;
	CHECK(call("p") == -ENOMEM && named("p")->state == CORE_IDLE && !named("p")->calls);
	says(why.text, "first of plugin p was not called: so many calls are under way");
	fake.refuse_call = -EFAULT;
	CHECK(call("p") == -EFAULT && strstr(why.text, "this kernel made a mistake"));
	fake.refuse_call = 0;
	CHECK(!call("p") && result.status == PLUGIN_STATUS_OK && named("p")->calls == 1);
	unload("p");
	check_empty();
}

static bool ask_once(uint32_t handle, uint32_t turn, int status, uint32_t value,
		     struct port_answer *request)
{
	(void)status;
	(void)value;
	*request = time_request("a");
	return !turn && handle <= CORE_DEPTH_MAX;
}

static void nested(void)
{
	char name[2] = "a";

	for (; *name <= 'a' + CORE_DEPTH_MAX; ++*name)
		load(name, 0, 0);
	deepest = 'a';
	fake.caller = 1;
	fake.ask = ask_once;
	fake.during_service = call_next;
	CHECK(!call("a") && deepest == 'a' + CORE_DEPTH_MAX);
	for (*name = 'a'; *name <= 'a' + CORE_DEPTH_MAX; ++*name)
		unload(name);
	check_empty();
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	many = read_file(argv[2]);
	gives_way();
	signals();
	wall();
	services();
	charged();
	nested();
	refused();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
