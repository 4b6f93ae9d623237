/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The graft point `sched`, between kernel/sched/graft.c, which has the tasks of a cgroup, and
 * drivers/ringfence/graft_sched.c, which asks. The run queue's lock is held and interrupts are off in
 * all functions.
 */
#ifndef _LINUX_RINGFENCE_SCHED_H
#define _LINUX_RINGFENCE_SCHED_H

#include <linux/types.h>

#ifdef CONFIG_RINGFENCE_PLUGINS

#include <ringfence/point_list.h>

/* What a graft has answered. */
struct graft_answer {
	u32 index;  /* of the candidate to run, or SCHED_DEFAULT */
	bool keeps; /* no task that is woken up preempts it */
};

struct cfs_rq;
struct cgroup;
struct sched_entity;

#define GRAFT_WAKES 32

/* What a cfs_rq keeps for the grafts of its cgroup. */
struct graft_rq {
	u64 clock;   /* CPU time of the cgroup at the last look, in ns */
	u64 owed;    /* see sched_owes() */
	bool passes; /* the graft has chosen another task than the scheduler's own, and that runs */
	bool keeps;  /* no task that is woken up preempts the one that the graft has chosen last */
	/* The last wake-ups, by the task's number modulo GRAFT_WAKES; of two that share one, the later. */
	struct {
		pid_t task, by; /* task: 0: none, or it has run since */
	} wakes[GRAFT_WAKES];
};

/* A question, on the stack of the function that asks. */
struct graft_choice {
	struct cfs_rq *cfs_rq;
	const struct cgroup *cgroup;
	u32 reason;
	u32 nr;
	struct sched_entity
		*candidates[SCHED_CANDIDATES]; /* tasks; the scheduler's own choice first */
	u32 owed_us;
	u32 running; /* number of the task that runs, or has run up to now; 0: none */
	struct graft_answer answer;
};

/* Is a graft attached for the cgroup? */
bool graft_is_for(const struct cgroup *cgroup);
/* Ask it. False: the scheduler decides; otherwise choice->answer has the index of a candidate. */
bool graft_ask_sched(struct graft_choice *choice);
/*
 * The new value of @owed, in nanoseconds, after the cgroup has run for @ran ns. @passes: by the graft's
 * choice another task has run than the scheduler's own. Never above the larger of @owed and
 * SCHED_OWED_MAX_NS.
 */
u64 sched_owes(u64 owed, u64 ran, bool passes);

/* In kernel/sched/graft.c: write the candidates, and hash what is the scheduler's of them. */
void graft_describe(const struct graft_choice *choice, struct sched_candidate *to);
u32 graft_hash(const struct graft_choice *choice);

#endif
#endif /* _LINUX_RINGFENCE_SCHED_H */
