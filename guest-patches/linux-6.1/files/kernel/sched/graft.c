// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks of a cgroup among which a graft chooses; see graft.h. A graft chooses an entity of one
 * cfs_rq: vruntime, load and everything else of it and of its group is accounted as if the
 * scheduler had chosen the entity, so what other groups get does not depend on grafts. Candidates are tasks: a group
 * in the group is chosen by the scheduler, if it is the one that has had least of its share.
 */
#include <linux/jhash.h>
#include <linux/preempt.h>
#include <linux/sched/cputime.h>

#include "sched.h"
#include "graft.h"

#ifdef CONFIG_FAIR_GROUP_SCHED

/* NULL: the group is the root, which has the kernel's own threads, or has no graft. */
static struct graft_rq *grafted(struct cfs_rq *cfs_rq)
{
	if (cfs_rq->tg == &root_task_group || !graft_is_for(cfs_rq->tg->css.cgroup))
		return NULL;
	return &cfs_rq->graft;
}

/* The group has run since the last look: how much is owed now? */
static void settle(struct cfs_rq *cfs_rq)
{
	const struct sched_entity *group = cfs_rq->tg->se[cpu_of(rq_of(cfs_rq))];
	struct graft_rq *graft = &cfs_rq->graft;
	u64 ran = group->sum_exec_runtime - graft->clock;

	graft->clock = group->sum_exec_runtime;
	graft->owed = sched_owes(graft->owed, ran, graft->passes);
}

#define WAKE_OF(graft, p) (&(graft)->wakes[(u32)(p)->pid % GRAFT_WAKES])

static void prepare(struct graft_choice *choice, struct cfs_rq *cfs_rq, u32 reason)
{
	const struct rq *rq = rq_of(cfs_rq);

	choice->cfs_rq = cfs_rq;
	choice->cgroup = cfs_rq->tg->css.cgroup;
	choice->reason = reason;
	choice->nr = 0;
	choice->owed_us = (u32)min_t(u64, cfs_rq->graft.owed, U32_MAX) / (u32)NSEC_PER_USEC;
	choice->running = rq->curr->pid;
}

static void add(struct graft_choice *choice, struct sched_entity *se)
{
	if (se && entity_is_task(se) && choice->nr < SCHED_CANDIDATES)
		choice->candidates[choice->nr++] = se;
}

/* @chosen, @curr, and the tasks in the tree, in its order. */
static void collect(struct graft_choice *choice, struct sched_entity *curr,
		    struct sched_entity *chosen)
{
	struct rb_node *node = rb_first_cached(&choice->cfs_rq->tasks_timeline);

	add(choice, chosen);
	if (curr != chosen)
		add(choice, curr);
	for (; node && choice->nr < SCHED_CANDIDATES; node = rb_next(node)) {
		struct sched_entity *se = rb_entry(node, struct sched_entity, run_node);

		if (se != chosen)
			add(choice, se);
	}
}

struct sched_entity *graft_pick_entity(struct cfs_rq *cfs_rq, struct sched_entity *curr,
				       struct sched_entity *chosen)
{
	struct graft_rq *graft = grafted(cfs_rq);
	struct graft_choice choice;
	struct task_struct *p;

	if (!graft || !chosen)
		return chosen;
	settle(cfs_rq);
	graft->passes = graft->keeps = false;
	if (!entity_is_task(chosen))
		return chosen;
	if (cfs_rq->nr_running > 1) {
		prepare(&choice, cfs_rq, SCHED_PICK);
		collect(&choice, curr, chosen);
		if (choice.nr > 1 && graft_ask_sched(&choice)) {
			chosen = choice.candidates[choice.answer.index];
			graft->passes = choice.answer.index;
			graft->keeps = choice.answer.keeps;
		}
	}
	p = task_of(chosen);
	if (WAKE_OF(graft, p)->task == p->pid)
		WAKE_OF(graft, p)->task = 0;
	return chosen;
}

void graft_note_wakeup(struct rq *rq, struct task_struct *p)
{
	struct graft_rq *graft = grafted(task_cfs_rq(p));

	if (!graft)
		return;
	WAKE_OF(graft, p)->task = in_task() ? p->pid : 0;
	WAKE_OF(graft, p)->by = rq->curr->pid;
}

bool graft_decide_wakeup(struct sched_entity *curr, struct sched_entity *woken, bool *preempts)
{
	struct cfs_rq *cfs_rq = cfs_rq_of(curr);
	const struct graft_rq *graft = grafted(cfs_rq);
	struct graft_choice choice;

	if (!graft || !entity_is_task(curr) || !entity_is_task(woken) || !curr->on_rq)
		return false;
	if (graft->keeps) {
		*preempts = false;
		return true;
	}
	prepare(&choice, cfs_rq, SCHED_WAKE);
	add(&choice, *preempts ? woken : curr);
	add(&choice, *preempts ? curr : woken);
	if (!graft_ask_sched(&choice))
		return false;
	*preempts = choice.candidates[choice.answer.index] == woken;
	return true;
}

/* If the graft has passed over a task for too long, it is to be asked at once. */
void graft_look(struct rq *rq, struct task_struct *curr)
{
	struct cfs_rq *cfs_rq = task_cfs_rq(curr);
	const struct graft_rq *graft = grafted(cfs_rq);

	if (!graft)
		return;
	settle(cfs_rq);
	if (graft->passes && graft->owed > SCHED_OWED_US * NSEC_PER_USEC)
		resched_curr(rq);
}

void graft_describe(const struct graft_choice *choice, struct sched_candidate *to)
{
	const struct graft_rq *graft = &choice->cfs_rq->graft;
	const u64 fair = choice->candidates[0]->vruntime;
	struct rq *rq = rq_of(choice->cfs_rq);
	const u64 now = rq_clock_task(rq);
	u32 i;

	for (i = 0; i < choice->nr; i++, to++) {
		const struct sched_entity *se = choice->candidates[i];
		const struct task_struct *p = task_of((struct sched_entity *)se);
		bool woken = WAKE_OF(graft, p)->task == p->pid;

		to->task = p->pid;
		to->process = p->tgid;
		to->woken_by = woken ? WAKE_OF(graft, p)->by : 0;
		to->flags = (p == rq->curr ? SCHED_RUNS : 0) | (woken ? SCHED_WOKEN : 0);
		to->ran = se->sum_exec_runtime >> 10;
		to->sleeps = p->nvcsw;
		to->since = (now - se->exec_start) >> 10;
		to->ahead = (s64)(se->vruntime - fair) >> 10;
	}
}

u32 graft_hash(const struct graft_choice *choice)
{
	const struct cfs_rq *cfs_rq = choice->cfs_rq;
	u32 hash = jhash_3words(cfs_rq->nr_running, cfs_rq->load.weight, cfs_rq->min_vruntime,
				(uintptr_t)cfs_rq->curr);
	u32 i;

	for (i = 0; i < choice->nr; i++) {
		const struct sched_entity *se = choice->candidates[i];

		hash = jhash_3words((uintptr_t)se, se->vruntime, se->vruntime >> 32,
				    hash ^ se->on_rq);
	}
	return hash;
}

#endif
