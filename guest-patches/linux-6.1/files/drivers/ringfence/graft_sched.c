// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graft point `sched`: which task of a cgroup runs next. The scheduler asks, with the run queue's
 * lock held and interrupts off: what is done here neither sleeps, allocates nor wakes up anybody.
 */
#include <linux/printk.h>
#include <linux/ringfence_sched.h>

#include "audit.h"
#include "points.h"
#include "sched_answer.h"

/*
 * The core's lock is not needed: who changes the list holds it, with interrupts off, and the guest has
 * one processor.
 */
bool graft_is_for(const struct cgroup *cgroup)
{
	const struct core_graft *graft;

	for (graft = point_sched.grafts; graft; graft = graft->next)
		if (graft->key == POINT_CGROUP_KEY(cgroup))
			return true;
	return false;
}

static void write_tasks(void *what, void *window)
{
	struct sched_window *question = window;

	graft_describe(what, question->candidates);
}

/* The answer is the value alone. */
static const char *check_choice(void *what, const void *window, u32 value)
{
	struct graft_choice *choice = what;
	const struct sched_offer offer = {
		.reason = choice->reason,
		.nr = choice->nr,
		.owed_us = choice->owed_us,
	};

	return sched_judge(&offer, value, &choice->answer);
}

/* For an audit: the candidates, and what the scheduler knows of them and of their group. */
static u32 hash_tasks(const void *what)
{
	return graft_hash(what);
}

/* False: there is no graft for the cgroup, or it failed. What the kernel prints meanwhile waits. */
static bool ask(const struct core_question *question)
{
	bool taken;

	port_switching = true;
	printk_deferred_enter();
	taken = audited_ask(question, hash_tasks);
	printk_deferred_exit();
	port_switching = false;
	return taken;
}

bool graft_ask_sched(struct graft_choice *choice)
{
	u32 args[] = { 0, choice->reason, choice->nr, choice->running, choice->owed_us };
	const struct core_question question = {
		.point = &point_sched,
		.keys = { [CORE_SCOPE_CGROUP] = POINT_CGROUP_KEY(choice->cgroup) },
		.args = args,
		.write = write_tasks,
		.check = check_choice,
		.what = choice,
	};

	return ask(&question) && choice->answer.index != SCHED_DEFAULT;
}
