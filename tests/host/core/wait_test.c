// SPDX-License-Identifier: MIT
/*
 * Callers that wait for a plugin, in the plugin core, against a fake monitor.
 *
 * Claims: callers are served in order of arrival, and a caller that gives up does not block
 * the next one. While a plugin is replaced, callers by name go over to the new one. While a
 * plugin is unloaded, a caller by name waits for the end, and then hears what the end made of
 * the name: at whatever moment the caller wakes up, the answer is the same. A caller of a
 * target hears -ESTALE from the moment in which the unload begins. Cannot tell: two
 * processors.
 *
 * Arguments: hello.plg and many.plg, as for registry_test.
 */
#include "calling.h"
#include "second.h"

/* ---- the queue ---- */

/* Caller 2 waits for caller 1. Meanwhile caller 3 queues behind caller 2, and gives up. */
static void third_gives_up(void)
{
	fake.during_wait = NULL; /* port_wait() fails, as after a signal */
}

static void third_comes(void)
{
	unsigned int before = fake.wakes;
	const struct core_plugin *plugin = named("p");

	fake.during_wait = third_gives_up;
	fake.caller = 3;
	CHECK(call("p") == -EINTR && fake.wakes == before + 1);
	says(why.text, "p is running for another");
	fake.caller = 2;
	CHECK(plugin->state == CORE_BUSY);
	fake.during_wait = NULL;
}

static bool second_comes(uint32_t handle)
{
	unsigned int before = fake.wakes;

	(void)handle;
	fake.interrupt = NULL;
	fake.during_wait = third_comes;
	fake.caller = 2;
	CHECK(call("p") == -EINTR && fake.wakes == before + 2);
	/* An atomic call is refused at once. */
	CHECK(call_atomic("p") == -EBUSY);
	says(why.text, "p is running: try again");
	fake.caller = 1;
	return true;
}

static void give_up(void)
{
	load("p", 0, 0);
	fake.caller = 1;
	fake.interrupt = second_comes;
	/* The queue is empty, so the end of the call wakes nobody. */
	CHECK(!call("p") && fake.wakes == 2);
	fake.caller = 2;
	CHECK(!call("p") && !result.status);
	unload("p");
	check_empty();
}

/* While caller 2 waits for p, p is replaced. */
static void first_is_replaced(void)
{
	/* Act as caller 1, whose call of p is under way: kill p, and replace p. */
	fake.during_wait = NULL;
	fake.caller = 1;
	replace("p");
	/* Caller 3 queues behind caller 2 although the new p is idle. An atomic call does not. */
	fake.caller = 3;
	CHECK(call("p") == -EINTR);
	CHECK(!call_atomic("p") && !result.status);
	fake.caller = 2;
}

static bool second_waits(uint32_t handle)
{
	(void)handle;
	fake.interrupt = NULL;
	fake.during_wait = first_is_replaced;
	fake.caller = 2;
	CHECK(!call("p") && !result.status && named("p")->calls == 2);
	fake.caller = 1;
	return true;
}

static void replaced_meanwhile(void)
{
	load("p", 0, 0);
	fake.caller = 1;
	fake.interrupt = second_waits;
	CHECK(!call("p") && result.status == PLUGIN_STATUS_KILLED);
	unload("p");
	check_empty();
}

/* ---- unloaded meanwhile ---- */

/* What caller 2 calls, and what it heard; 1: it has not returned yet. */
static struct core_target target;
static bool bound;
static int heard;
static struct core_result second_result;
static struct core_reason second_why;

static void *second_calls(void *unused)
{
	const struct core_call call = { .target = bound ? &target : NULL,
					.name = "p",
					.entry = "first" };

	sem_wait(&second_runs);
	heard = core_call_plugin(&call, &second_result, &second_why);
	sem_post(&first_runs);
	return unused;
}

/* When caller 2 wakes up: in the middle of the unload too, or only after its end. */
static bool wakes_early;
/* Does caller 2 wait before the unload begins, or come in the middle of it? */
static bool comes_late;

static bool unload_meanwhile(uint32_t handle)
{
	struct core_window window = { .nr = 1, .frames = &(struct core_frame){ .mfn = 5 } };
	const struct core_call atomic = { .target = &target, .atomic = true };
	struct core_target other;

	(void)handle;
	fake.interrupt = NULL;
	heard = 1;
	if (!comes_late) {
		run_second();
		CHECK(heard == 1);
	}
	/* Caller 3 kills p, and does not wait for the end. */
	fake.caller = 3;
	CHECK(core_unload("p", true, &why) == -EINTR && named("p")->state == CORE_UNLOADING);
	if (comes_late || wakes_early)
		run_second();
	CHECK(heard == (bound && (comes_late || wakes_early) ? -ESTALE : 1));
	/*
	 * While p is UNLOADING an atomic call, a bind and a grant by the name p are -EBUSY; a call
	 * and a grant by a target of p are -ESTALE.
	 */
	fake.caller = 3;
	CHECK(call_atomic("p") == -EBUSY);
	says(why.text, "p is unloading");
	CHECK(core_bind("p", "first", &other, &why) == -EBUSY);
	CHECK(core_grant("p", &window, &why) == -EBUSY);
	CHECK(core_call_plugin(&atomic, &result, &why) == -ESTALE);
	CHECK(core_grant_target(&target, &window, &why) == -ESTALE);
	fake.caller = 1;
	return true;
}

static void unloaded_meanwhile(bool refused)
{
	pthread_t second;

	load("p", 0, 0);
	CHECK(!core_bind("p", "first", &target, &why));
	CHECK(!pthread_create(&second, NULL, second_calls, NULL));
	fake.caller = 1;
	fake.interrupt = unload_meanwhile;
	fake.refuse_destroy = refused ? -EBUSY : 0;
	CHECK(!call("p") && result.status == PLUGIN_STATUS_KILLED);
	fake.refuse_destroy = 0;
	if (heard == 1)
		run_second();
	CHECK(!pthread_join(second, NULL));
	if (bound && (!refused || comes_late || wakes_early)) {
		CHECK(heard == -ESTALE, "%d", heard);
	} else if (refused) {
		/* The plugin stayed loaded, and is dead. */
		CHECK(!heard && second_result.status == PLUGIN_STATUS_DEAD, "%d", heard);
	} else {
		CHECK(heard == -ENOENT, "%d", heard);
		says(second_why.text, "there is no plugin named p");
	}
	core_unbind(&target);
	if (refused)
		unload("p");
	check_empty();
}

static void unloads(void)
{
	unsigned int i;

	second_begins();
	for (i = 0; i < 16; i++) {
		bound = i & 1;
		wakes_early = i & 2;
		comes_late = i & 4;
		unloaded_meanwhile(i & 8);
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	many = read_file(argv[2]);
	give_up();
	replaced_meanwhile();
	unloads();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
