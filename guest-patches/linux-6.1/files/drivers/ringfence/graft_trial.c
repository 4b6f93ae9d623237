// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graft point `trial`: questions of a process, for tests of grafts, of the mechanism and
 * of what it costs.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>

#include "audit.h"
#include "ioctl.h"
#include "points.h"

#define ROUNDS_MAX 1000000

struct trial {
	u32 limit;
	u32 value;
	u64 since; /* with RINGFENCE_ASK_ENDS: of the round, from its answer on */
};

static const char *check_value(void *what, const void *window, u32 value)
{
	struct trial *trial = what;

	trial->value = value;
	return value < trial->limit ? NULL : "the answer is not below the limit";
}

static const char *check_timed(void *what, const void *window, u32 value)
{
	struct trial *trial = what;

	trial->since = get_cycles();
	return check_value(what, window, value);
}

static bool ask_audited(const struct core_question *question)
{
	return audit_ask(question, 0, NULL);
}

/* Inlined for each @asks, so that a question that is measured costs no indirect call. */
static __always_inline void ask_rounds(struct ringfence_ask *ask,
				       const struct core_question *question,
				       bool (*asks)(const struct core_question *question),
				       bool timed)
{
	struct trial *trial = question->what;
	u32 *round = &question->args[1];
	u64 before, took, end;

	for (*round = 0; *round < ask->rounds && !fatal_signal_pending(current); ++*round) {
		before = get_cycles();
		if (timed)
			trial->since = before;
		if (asks(question)) {
			ask->answered++;
			ask->value = trial->value;
		}
		took = get_cycles() - before;
		ask->cycles += took;
		ask->least_cycles = min(ask->least_cycles, took);
		if (timed) {
			end = before + took - trial->since;
			ask->least_end_cycles = min(ask->least_end_cycles, end);
			if (end > ask->most_end_cycles)
				ask->most_end_cycles = end;
		}
		cond_resched();
	}
}

int ioctl_ask(void *arg, struct core_reason *why)
{
	struct ringfence_ask *ask = arg;
	struct trial trial = { .limit = ask->limit };
	u32 args[] = { 0, 0, ask->limit, ask->args[0], ask->args[1] };
	struct core_question question = {
		.point = &point_trial,
		.keys = { [CORE_SCOPE_PROCESS] = POINT_PROCESS_KEY(task_tgid(current)) },
		.args = args,
		.check = check_value,
		.what = &trial,
	};

	if (!ask->rounds || ask->rounds > ROUNDS_MAX)
		return core_refuse(why, -EINVAL, "%u rounds cannot be: ask 1 to %u times",
				   ask->rounds, ROUNDS_MAX);
	ask->answered = ask->value = 0;
	ask->cycles = 0;
	ask->least_cycles = U64_MAX;
	ask->least_end_cycles = U64_MAX;
	ask->most_end_cycles = 0;
	if (ask->head.flags & RINGFENCE_ASK_ENDS) {
		question.check = check_timed;
		ask_rounds(ask, &question, core_ask, true);
	} else if (audit_on) {
		ask_rounds(ask, &question, ask_audited, false);
	} else {
		ask_rounds(ask, &question, core_ask, false);
	}
	return 0;
}
