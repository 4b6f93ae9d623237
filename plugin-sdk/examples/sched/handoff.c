/* SPDX-License-Identifier: MIT */
/*
 * For clients and servers that wait for each other, beside tasks of the same cgroup that compute: a
 * task that has woken another one up and then waits hands its turn to it.
 *
 * A task that is woken up does not preempt the one that has woken it up, as that will soon wait for the
 * answer. When it waits, the other one runs. If that is not possible at once, because the kernel wants
 * a task to run that computes, it runs as soon as that one's turn is over.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("handoff", "1.0", "a task that waits hands its turn to the one that it has woken up");

/* Could the task run? Then it does not wait for the one that it has woken up. */
static int could_run(const struct sched_window *window, uint32_t nr, uint32_t task)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (window->candidates[i].task == task)
			return 1;
	return 0;
}

PLUGIN_GRAFT(sched)
{
	uint32_t waited_for = SCHED_DEFAULT, i, by;

	if (owed_us > SCHED_OWED_US)
		return SCHED_DEFAULT;
	for (i = 0; i < nr; i++) {
		by = window->candidates[i].woken_by;
		if (!by || (by != running && could_run(window, nr, by)))
			continue;
		if (reason == SCHED_WAKE) /* of two candidates, the one that runs */
			return by == running ? !i : SCHED_DEFAULT;
		if (by == running)
			return SCHED_KEEP(i);
		if (waited_for == SCHED_DEFAULT)
			waited_for = i;
	}
	return waited_for == SCHED_DEFAULT ? waited_for : SCHED_KEEP(waited_for);
}
