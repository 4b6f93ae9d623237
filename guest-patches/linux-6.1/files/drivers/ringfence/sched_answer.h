/* SPDX-License-Identifier: GPL-2.0-only */
/* What a graft may answer at the point `sched`, and how long it may pass over a task. */
#ifndef RINGFENCE_SCHED_ANSWER_H
#define RINGFENCE_SCHED_ANSWER_H

#include <linux/ringfence_sched.h>
#include <linux/types.h>
#include <ringfence/point_list.h>

/* What the graft was asked. Candidate 0 is the scheduler's own choice. */
struct sched_offer {
	u32 reason;
	u32 nr;
	u32 owed_us;
};

/*
 * Judge @value. NULL: answer->index is the candidate to run, below offer->nr, or SCHED_DEFAULT. Otherwise
 * a phrase, a constant, that says what is wrong, and answer->index is SCHED_DEFAULT.
 */
const char *sched_judge(const struct sched_offer *offer, u32 value, struct graft_answer *answer);

/*
 * A cgroup's time between two looks at it is less: while one of its tasks runs, each tick looks. More has
 * passed only if nobody has looked, as no graft was attached, or if ticks were late.
 */
#define SCHED_LOOK_NS	  10000000u
#define SCHED_OWED_MAX_NS 1000000000u

#endif /* RINGFENCE_SCHED_ANSWER_H */
