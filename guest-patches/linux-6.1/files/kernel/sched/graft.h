/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where CFS has grafts decide: among the tasks of one cgroup, never between cgroups.
 * Each function costs a comparison while no graft is attached to the point `sched`. The run queue's
 * lock is held, and interrupts are off.
 */
#ifndef _KERNEL_SCHED_GRAFT_H
#define _KERNEL_SCHED_GRAFT_H

#include <linux/ringfence_graft.h>
#include <linux/ringfence_sched.h>

#if defined(CONFIG_RINGFENCE_PLUGINS) && defined(CONFIG_FAIR_GROUP_SCHED)

struct sched_entity *graft_pick_entity(struct cfs_rq *cfs_rq, struct sched_entity *curr,
				       struct sched_entity *chosen);
void graft_note_wakeup(struct rq *rq, struct task_struct *p);
bool graft_decide_wakeup(struct sched_entity *curr, struct sched_entity *woken, bool *preempts);
void graft_look(struct rq *rq, struct task_struct *curr);

/*
 * Returns the entity of @cfs_rq that is to run: @chosen, which is the scheduler's own choice, unless a
 * graft names another. @curr, if not NULL, can run too, and is not in the tree.
 */
static inline struct sched_entity *graft_pick(struct cfs_rq *cfs_rq, struct sched_entity *curr,
					      struct sched_entity *chosen)
{
	return unlikely(graft_armed_sched) ? graft_pick_entity(cfs_rq, curr, chosen) : chosen;
}

/* @p is woken up, by rq->curr unless in an interrupt. */
static inline void graft_woken(struct rq *rq, struct task_struct *p)
{
	if (unlikely(graft_armed_sched))
		graft_note_wakeup(rq, p);
}

/*
 * @woken is woken up while @curr of the same group runs. True: a graft has decided whether it
 * *@preempts @curr. Otherwise *@preempts stays what the scheduler has decided.
 */
static inline bool graft_wakeup(struct sched_entity *curr, struct sched_entity *woken,
				bool *preempts)
{
	return unlikely(graft_armed_sched) && graft_decide_wakeup(curr, woken, preempts);
}

/* The end of a tick, in which @curr runs. */
static inline void graft_tick(struct rq *rq, struct task_struct *curr)
{
	if (unlikely(graft_armed_sched))
		graft_look(rq, curr);
}

#else

static inline struct sched_entity *graft_pick(struct cfs_rq *cfs_rq, struct sched_entity *curr,
					      struct sched_entity *chosen)
{
	return chosen;
}

static inline void graft_woken(struct rq *rq, struct task_struct *p)
{
}

static inline bool graft_wakeup(struct sched_entity *curr, struct sched_entity *woken,
				bool *preempts)
{
	return false;
}

static inline void graft_tick(struct rq *rq, struct task_struct *curr)
{
}

#endif
#endif /* _KERNEL_SCHED_GRAFT_H */
