// SPDX-License-Identifier: MIT
/*
 * Calls of plugins with grafts, during which no other task runs, against a fake monitor.
 *
 * Claims: no such call lets others run, sleeps or allocates, also with a window; what its
 * services may take is bounded by the plugin's budget; time that passes ends no question. An
 * attach waits until no call is under way, or leaves everything as it was. The fake monitor
 * aborts if the core sleeps or allocates in a masked call. Cannot tell: what Linux does to mask.
 *
 * Arguments: as of graft_test.
 */
#include "grafting.h"
#include "second.h"

#define MS 1000000ull

static unsigned int events_left;
static unsigned int masked_seen;

static bool event_comes(uint32_t handle)
{
	(void)handle;
	masked_seen = fake.masked;
	fake.clock += 100000 * MS; /* longer than any limit from begin to end */
	return events_left && events_left--;
}

static void call_plain(void)
{
	struct core_result result;

	events_left = 3;
	fake.gave_way = 0;
	fake.interrupt = event_comes;
	CHECK(!core_call("g", "plain", NULL, 0, &result, &why));
	fake.interrupt = NULL;
}

static void nobody_else_runs(void)
{
	uint32_t id;

	load("g");
	call_plain();
	CHECK(fake.gave_way && !masked_seen && named("g")->state == CORE_DEAD);
	unload("g");
	load("g");
	id = attached("g");
	/* A question: three events, hours, and nobody else. */
	events_left = 3;
	fake.gave_way = 0;
	fake.interrupt = event_comes;
	CHECK(ask() && !events_left && masked_seen == 1 && !fake.gave_way && !fake.masked);
	CHECK(named("g")->state == CORE_IDLE && graft_with(id)->asked.answered == 1);
	/* Another call: the same, but its limit from begin to end counts. */
	call_plain();
	CHECK(masked_seen == 1 && !fake.gave_way && !fake.masked);
	CHECK(named("g")->state == CORE_DEAD && !graft_with(id)->attached);
	unload("g");
	check_empty();
}

/* ---- limits ---- */

static unsigned int served;

static bool ask_for_ever(uint32_t handle, uint32_t turn, int status, uint32_t value,
			 struct port_answer *request)
{
	(void)handle;
	(void)status;
	(void)value;
	*request = time_request("g");
	served = turn;
	return turn < 100000;
}

static uint64_t service_takes_ns;

static void service_takes(void)
{
	fake.clock += service_takes_ns;
	fake.cpu_time += service_takes_ns;
}

static unsigned int services_of_question(uint64_t ns)
{
	uint32_t id;

	load("g");
	id = attached("g");
	service_takes_ns = ns;
	fake.ask = ask_for_ever;
	fake.pass_all = true;
	fake.during_service = service_takes;
	CHECK(!ask() && !strcmp(outcome_of(id), "the plugin was stopped"));
	CHECK(strstr(fake.warning, "services"), "%s", fake.warning);
	fake.ask = NULL;
	fake.during_service = NULL;
	unload("g");
	check_empty();
	return served;
}

/* The budget of 10 ms bounds services; of one that took long, 100 us count. */
static void services_end(void)
{
	unsigned int nr = services_of_question(MS / 20);

	CHECK(nr >= 190 && nr <= 201, "%u", nr);
	nr = services_of_question(50 * MS);
	CHECK(nr >= 99 && nr <= 101, "%u", nr);
}

/* ---- a call with a window ---- */

static void with_window(void)
{
	struct core_frame frame = { .mfn = 5 };
	struct core_window window = { .nr = 1, .frames = &frame };
	const struct core_call call = {
		.name = "g", .entry = "plain", .window = &window, .window_bytes = 4
	};
	struct core_result result;
	long memory;

	load("g");
	attached("g");
	memory = fake.memory;
	CHECK(!core_call_plugin(&call, &result, &why) && !result.status, "%s", why.text);
	CHECK(!window.plugin && !window.mfns && fake.memory == memory);
	/* There is no memory: the plugin is not called. */
	fake.fail_at = fake.allocations + 1;
	CHECK(core_call_plugin(&call, &result, &why) == -ENOMEM && named("g")->calls == 1);
	fake.fail_at = 0;
	window.nr = PLUGIN_WINDOW_PAGES_MAX + 1;
	CHECK(core_call_plugin(&call, &result, &why) == -EINVAL && named("g")->calls == 1);
	CHECK(fake.memory == memory && !fake.masked);
	unload("g");
	check_empty();
}

/* ---- an attach during a call ---- */

static long heard; /* by caller 2; 0: it waits */

static void *second_attaches(void *unused)
{
	sem_wait(&second_runs);
	heard = attach(&trial, "g", "", CORE_SCOPE_ALL, 0);
	sem_post(&first_runs);
	return unused;
}

static void (*meanwhile)(void);

static bool second_comes(uint32_t handle)
{
	(void)handle;
	fake.interrupt = NULL;
	run_second();
	CHECK(!heard && !nr_listed(true) && !named("g")->grafts && !fake.masked);
	/* Caller 1 cannot wait for itself. */
	CHECK(attach(&trial, "g", "", CORE_SCOPE_ALL, 0) == -EBUSY && says("g is running"));
	if (meanwhile)
		meanwhile();
	return true;
}

static void attach_during_call(void (*what)(void), long expected)
{
	struct core_result result;
	pthread_t second;

	load("g");
	heard = 0;
	meanwhile = what;
	CHECK(!pthread_create(&second, NULL, second_attaches, NULL));
	fake.caller = 1;
	fake.interrupt = second_comes;
	CHECK(!core_call("g", "plain", NULL, 0, &result, &why) && !fake.masked);
	if (!heard) {
		CHECK(fake.wakes);
		run_second();
	}
	CHECK(!pthread_join(second, NULL));
	if (expected)
		CHECK(heard == expected, "%ld", heard);
	else
		CHECK(heard > 0 && ask());
	CHECK(nr_listed(true) == !expected);
	if (named("g"))
		unload("g");
	check_empty();
}

static void gives_up(void)
{
	fake.caller = 2;
	sem_post(&second_runs); /* port_wait() fails, as after a signal */
	sem_wait(&first_runs);
	fake.caller = 1;
	CHECK(heard == -EINTR && says("g is running for another, and the caller gave up"));
}

static void is_killed(void)
{
	CHECK(!core_kill("g", &why));
}

static void is_replaced(void)
{
	fake.caller = 3;
	replace("g");
	fake.caller = 1;
}

static void attaches(void)
{
	second_begins();
	attach_during_call(NULL, 0);
	attach_during_call(gives_up, -EINTR);
	attach_during_call(is_killed, -EOWNERDEAD);
	attach_during_call(is_replaced, -ESTALE);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	grafts = read_file(argv[1]);
	nobody_else_runs();
	services_end();
	with_window();
	attaches();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
