// SPDX-License-Identifier: GPL-2.0-only
/* Questions: one call of a graft, and what comes of it. */
#include "graft/graft.h"

struct asking {
	const struct core_question *question;
	void *window;
};

static void write_question(void *what)
{
	const struct asking *asking = what;

	if (asking->question->write)
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
		(graft)->asked.asked++, (graft)->point->asked.asked++;     \
		(graft)->asked.counter++, (graft)->point->asked.counter++; \
	} while (0)

/* The call has ended, or was not made for the errno @err. Was the answer taken? */
static bool conclude(struct core_graft *graft, int err, const struct core_result *result)
{
	bool taken = false, left;

	port_lock();
	if (err || result->status == PLUGIN_STATUS_DEAD) {
		COUNT(graft, unasked);
	} else if (result->status == PLUGIN_STATUS_OK && !result->refusal) {
		COUNT(graft, answered);
		taken = true;
	} else {
		COUNT(graft, aborted);
		count_failure(graft,
			      result->status == PLUGIN_STATUS_OK ? CORE_OUTCOME_REFUSED :
								   CORE_OUTCOME_STOPPED,
			      result->refusal);
	}
	left = !--graft->askers && !graft->attached;
	port_unlock();
	if (left)
		core_free_left_grafts();
	return taken;
}

bool core_ask(const struct core_question *question)
{
	struct asking asking = { .question = question };
	uint32_t args[PLUGIN_ARGS_MAX];
	struct core_call call = {
		.args = args,
		.nr_args = 1 + question->nr_args,
		.write = write_question,
		.check = check_answer,
		.what = &asking,
	};
	struct core_result result;
	struct core_reason why;
	struct core_graft *graft;
	const struct core_graft_page *page;
	uint32_t i;

	port_lock();
	graft = choose(question);
	if (graft)
		graft->askers++;
	port_unlock();
	if (!graft)
		return false;
	page = graft->target.plugin->graft_page;
	asking.window = page->frame.address;
	call.target = &graft->target;
	args[0] = page->window.offset;
	for (i = 0; i < question->nr_args; i++)
		args[1 + i] = question->args[i];
	return conclude(graft, core_call_plugin(&call, &result, &why), &result);
}
