// SPDX-License-Identifier: GPL-2.0-only
/*
 * The graft point `trial`: questions of a process, for tests of grafts, of the mechanism and
 * of what it costs.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>

#include "ioctl.h"
#include "points.h"

#define ROUNDS_MAX 1000000

struct trial {
	u32 limit;
	u32 value;
};

static const char *check_value(void *what, const void *window, u32 value)
{
	struct trial *trial = what;

	trial->value = value;
	return value < trial->limit ? NULL : "the answer is not below the limit";
}

int ioctl_ask(void *arg, struct core_reason *why)
{
	struct ringfence_ask *ask = arg;
	struct trial trial = { .limit = ask->limit };
	u32 args[] = { 0, 0, ask->limit, ask->args[0], ask->args[1] };
	const struct core_question question = {
		.point = &point_trial,
		.keys = { [CORE_SCOPE_PROCESS] = POINT_PROCESS_KEY(task_tgid(current)) },
		.args = args,
		.check = check_value,
		.what = &trial,
	};
	u64 before, took;

	if (!ask->rounds || ask->rounds > ROUNDS_MAX)
		return core_refuse(why, -EINVAL, "%u rounds cannot be: ask 1 to %u times",
				   ask->rounds, ROUNDS_MAX);
	ask->answered = ask->value = 0;
	ask->cycles = 0;
	ask->least_cycles = U64_MAX;
	for (args[1] = 0; args[1] < ask->rounds && !fatal_signal_pending(current); args[1]++) {
		before = get_cycles();
		if (core_ask(&question)) {
			ask->answered++;
			ask->value = trial.value;
		}
		took = get_cycles() - before;
		ask->cycles += took;
		ask->least_cycles = min(ask->least_cycles, took);
		cond_resched();
	}
	return 0;
}
