// SPDX-License-Identifier: GPL-2.0-only
/* Questions: one call of a graft, and what comes of it. */
#include "graft/graft.h"

/* A question that is being asked, on the stack of core_ask(). */
struct asking {
	const struct core_question *question;
	struct core_graft *graft;
	void *window;
	struct core_result result;
	int err; /* the call was not made */
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
static struct core_graft *choose(const struct core_question *question)
{
	struct core_graft *graft;

	for (graft = question->point->grafts; graft; graft = graft->next)
		if (graft->key == question->keys[graft->scope])
			return graft;
	return NULL;
}

/* With the lock: the graft has failed. Detach it if that was once too often. */
static void count_failure(struct core_graft *graft, enum core_outcome outcome, const char *refusal)
{
	graft->failures++;
	/* A stopped plugin's grafts were detached when its call ended. */
	if (!graft->attached)
		return;
	graft->outcome = outcome;
	graft->refusal = refusal;
	if (graft->failures >= graft->failures_max)
		core_detach_found(graft, outcome);
}

/* With the lock: add one to the same counter of the graft and of its point. */
#define COUNT(graft, counter)                                              \
	do {                                                               \
		(graft)->asked.counter++, (graft)->point->asked.counter++; \
	} while (0)

/* With the lock: the call has ended, or was not made for the errno asking->err. */
static void conclude(void *what)
{
	struct asking *asking = what;
	struct core_graft *graft = asking->graft;
	const struct core_result *result = &asking->result;

	if (likely(!asking->err && result->status == PLUGIN_STATUS_OK && !result->refusal)) {
		COUNT(graft, answered);
		asking->taken = true;
	} else if (asking->err || (int32_t)result->status < 0 ||
		   result->status == PLUGIN_STATUS_DEAD) {
		COUNT(graft, unasked);
	} else {
		COUNT(graft, aborted);
		graft->target.plugin->aborts++;
		count_failure(graft,
			      result->status == PLUGIN_STATUS_OK ? CORE_OUTCOME_REFUSED :
								   CORE_OUTCOME_STOPPED,
			      result->refusal);
	}
	asking->concluded = true;
	asking->left = !--graft->askers && !graft->attached;
}

static const struct core_hooks hooks = { .check = check_answer, .ended = conclude };
static const struct core_hooks hooks_that_write = { .write = write_question,
						    .check = check_answer,
						    .ended = conclude };

void core_prepare_call(struct core_graft *graft)
{
	graft->call.target = &graft->target;
	graft->call.nr_args = 1 + graft->point->nr_args;
	graft->call.hooks = graft->point->writes ? &hooks_that_write : &hooks;
}

/* Ask the graft, which counts the caller as an asker. The lock is held, and is released. */
static bool ask(struct core_graft *graft, const struct core_question *question)
{
	const struct core_graft_page *page = graft->target.plugin->graft_page;
	uint32_t args[PLUGIN_ARGS_MAX];
	struct asking asking;
	uint32_t i;

	asking.question = question;
	asking.graft = graft;
	asking.window = page->frame.address;
	asking.err = 0;
	asking.taken = asking.concluded = false;
	args[0] = page->window.offset;
	for (i = 0; i < graft->point->nr_args; i++)
		args[1 + i] = question->args[i];
	asking.err = core_call_held(&graft->call, args, &asking, &asking.result, NULL);
	if (!asking.concluded) { /* the call has not begun */
		port_lock();
		conclude(&asking);
		port_unlock();
	}
	if (asking.left)
		core_free_left_grafts();
	return asking.taken;
}

bool core_ask(const struct core_question *question)
{
	struct core_graft *graft;

	port_lock();
	graft = choose(question);
	if (!graft) {
		port_unlock();
		return false;
	}
	graft->askers++;
	return ask(graft, question);
}
