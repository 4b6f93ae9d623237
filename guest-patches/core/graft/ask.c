// SPDX-License-Identifier: GPL-2.0-only
/* Questions: one call of a graft, and what comes of it. */
#include "graft/graft.h"
#include "life/run.h"

/* A question that is being asked, on the stack of core_ask(). */
struct asking {
	const struct core_question *question;
	struct core_graft *graft;
	void *window;
	struct core_result result;
	bool taken, concluded;
	bool left; /* the graft is detached, and this was its last question */
};

static void write_question(void *what)
{
	const struct asking *asking = what;

	asking->question->write(asking->question->what, asking->window);
}

static const char *check_answer(void *what, uint32_t value)
{
	const struct asking *asking = what;

	return asking->question->check(asking->question->what, asking->window, value);
}

/* With the lock: the graft that fits best, or NULL. */
static struct core_graft *choose(const struct core_point *point, const uintptr_t *keys)
{
	struct core_graft *graft;

	for (graft = point->grafts; graft; graft = graft->next)
		if (graft->key == keys[graft->scope])
			return graft;
	return NULL;
}

bool core_choose(const struct core_point *point, const uintptr_t keys[CORE_SCOPES],
		 struct core_chosen *chosen)
{
	const struct core_graft *graft;

	port_lock();
	graft = choose(point, keys);
	if (graft)
		*chosen = (struct core_chosen){ graft->id, graft->fails_closed, graft->shut };
	port_unlock();
	return graft;
}

/*
 * With the lock: the graft has failed. Detach it if its answer was refused once too often. If its
 * plugin was stopped, the end of the call has detached it.
 */
static void count_failure(struct core_graft *graft, const char *refusal)
{
	graft->failures++;
	graft->target.plugin->aborts++;
	if (!refusal || !graft->attached || graft->shut)
		return;
	graft->outcome = CORE_OUTCOME_REFUSED;
	graft->refusal = refusal;
	if (graft->failures >= graft->failures_max)
		core_detach_found(graft, CORE_OUTCOME_REFUSED);
}

/* With the lock: add one to the same counter of the graft and of its point. */
#define COUNT(graft, counter)                                              \
	do {                                                               \
		(graft)->asked.counter++, (graft)->point->asked.counter++; \
	} while (0)

/* With the lock: the caller does not use the graft any more. */
static void conclude(struct asking *asking)
{
	struct core_graft *graft = asking->graft;

	asking->concluded = true;
	asking->left = !--graft->askers && (!graft->attached || graft->shut);
}

/* With the lock: the call has ended. A status below 0: the monitor did not begin it. */
static void count_answer(void *what)
{
	struct asking *asking = what;
	struct core_graft *graft = asking->graft;
	const struct core_result *result = &asking->result;

	if (likely(result->status == PLUGIN_STATUS_OK && !result->refusal)) {
		COUNT(graft, answered);
		asking->taken = true;
	} else if ((int32_t)result->status < 0 || result->status == PLUGIN_STATUS_DEAD) {
		COUNT(graft, unasked);
	} else {
		COUNT(graft, aborted);
		count_failure(graft, result->refusal);
	}
	conclude(asking);
}

static const struct core_hooks hooks = { .check = check_answer, .ended = count_answer };
static const struct core_hooks hooks_that_write = { .write = write_question,
						    .check = check_answer,
						    .ended = count_answer };

void core_prepare_call(struct core_graft *graft)
{
	graft->call.target = &graft->target;
	graft->call.nr_args = 1 + graft->point->nr_args;
	graft->call.atomic = graft->point->context != CORE_PROCESS;
	graft->call.switches = graft->point->context == CORE_SWITCH;
	graft->call.hooks = graft->point->writes ? &hooks_that_write : &hooks;
}

/* After an atomic question, which cannot sleep, the task of port_grafts_ended() does it. */
static void free_left(const struct asking *asking, bool atomic)
{
	if (asking->left && !atomic)
		core_free_left_grafts();
}

/*
 * Ask the graft, which counts the caller as an asker, by the general way of calls. The lock is
 * held, and is released.
 */
static bool ask(struct core_graft *graft, struct asking *asking)
{
	bool atomic = graft->call.atomic;

	core_call_held(&graft->call, asking->question->args, asking, &asking->result, NULL);
	if (!asking->concluded) { /* the call has not begun */
		port_lock();
		COUNT(graft, unasked);
		conclude(asking);
		port_unlock();
	}
	free_left(asking, atomic);
	return asking->taken;
}

/*
 * The call has returned, core_returns_at_once() is true of its plugin, and the graft is attached: end
 * the question as the general way does, in 180 instructions less. The lock is held, and is released.
 */
static __attribute__((__noinline__)) bool end_returned(struct core_graft *graft,
						       struct core_run *run, const char *refusal)
{
	struct core_plugin *plugin = run->plugin;
	bool waits = plugin->part.of && core_end_part(plugin, !refusal);
	bool left = false;

	core_end_at_once(run);
	graft->askers--;
	if (likely(!refusal)) {
		COUNT(graft, answered);
	} else {
		COUNT(graft, aborted);
		count_failure(graft, refusal);
		left = !graft->call.atomic && !graft->askers && (!graft->attached || graft->shut);
	}
	port_unlock();
	port_unmask(run->bars);
	if (waits)
		port_wake();
	if (unlikely(left))
		core_free_left_grafts();
	return !refusal;
}

/*
 * Ask the graft as ask() does, if core_is_free() is true of its call: in 90 instructions less if all
 * goes well; else the general way ends the call.
 */
static inline __attribute__((always_inline)) bool
ask_at_once(struct core_graft *graft, struct core_run *run, struct asking *asking)
{
	const struct core_question *question = asking->question;
	struct core_plugin *plugin = graft->target.plugin;
	const struct core_call *call = &graft->call;
	struct port_answer answer;
	const char *refusal = NULL;
	struct port_mark mark;
	bool atomic;
	long status;

	core_begin_at_once(call, run);
	if (graft->point->writes)
		question->write(question->what, asking->window);
	status = port_plugin_invoke(call->atomic ? 0 : PLUGINOP_INTERRUPTIBLE, plugin->handle,
				    run->entry, question->args, call->nr_args, &answer);
	if (unlikely(status != PLUGIN_STATUS_OK))
		status = core_go_on(run, call, status, &answer, &mark);
	if (likely(status == PLUGIN_STATUS_OK))
		refusal = question->check(question->what, asking->window, answer.edx);
	if (likely(status == PLUGIN_STATUS_OK && !refusal)) {
		port_lock();
		if (likely(core_ends_at_once(plugin) && graft->attached)) {
			core_end_at_once(run);
			COUNT(graft, answered);
			graft->askers--;
			port_unlock();
			port_unmask(run->bars);
			return true;
		}
		if (core_returns_at_once(plugin) && graft->attached && !graft->shut)
			return end_returned(graft, run, NULL);
		port_unlock();
	} else if (status == PLUGIN_STATUS_OK) {
		port_lock();
		if (core_returns_at_once(plugin) && graft->attached && !graft->shut)
			return end_returned(graft, run, refusal);
		port_unlock();
	}
	run->what = asking;
	run->err = 0;
	atomic = call->atomic; /* which may be gone when the call has ended */
	asking->result.plugin = NULL;
	asking->result.refusal = refusal;
	core_conclude(run, call, status, answer.edx, &asking->result, NULL);
	free_left(asking, atomic);
	return asking->taken;
}

/* Ask the graft, which is attached and not shut. The lock is held, and is released. */
static inline __attribute__((always_inline)) bool ask_chosen(const struct core_question *question,
							     struct core_graft *graft)
{
	const struct core_graft_window *window;
	const struct core_plugin *plugin;
	struct asking asking;
	struct core_run run;

	graft->askers++;
	plugin = graft->target.plugin;
	window = plugin->graft_window;
	asking.question = question;
	asking.graft = graft;
	asking.window = window->frames[0].address;
	asking.taken = asking.concluded = false;
	question->args[0] = window->window.offset;
	if (likely(core_is_free(&graft->call, &run) &&
		   core_call_limit(&graft->call, plugin->budget_us) == plugin->budget_us))
		return ask_at_once(graft, &run, &asking);
	return ask(graft, &asking);
}

bool core_ask(const struct core_question *question)
{
	struct core_graft *graft;

	port_lock();
	graft = choose(question->point, question->keys);
	if (graft)
		return ask_chosen(question, graft);
	port_unlock();
	return false;
}

bool core_ask_graft(const struct core_question *question, uint32_t id)
{
	struct core_graft *graft;

	port_lock();
	graft = core_next_graft(id - 1);
	if (graft && graft->id == id && graft->attached && !graft->shut)
		return ask_chosen(question, graft);
	port_unlock();
	return false;
}
