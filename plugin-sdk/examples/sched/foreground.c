/* SPDX-License-Identifier: MIT */
/*
 * For an interactive program in one cgroup with a build, or with other work that computes: the
 * program runs as soon as there is something to do for it, and until that is done.
 *
 * The interactive program is the process that `choose` was called with. Before that it is each task that
 * uses little CPU time between two waits, as one does that waits for keys: BURST on average, over at
 * least SLEEPS waits. Compilers wait for files a few times, and compute for longer. The shell or make
 * that has started them waits, too, but has little to do in between.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

#define BURST  8000u /* units of 1,024 ns */
#define SLEEPS 4u

PLUGIN("foreground", "1.0", "an interactive task runs before those that compute");

static uint32_t chosen;

/* Says which process is interactive; 0: find out. */
PLUGIN_ENTRY(choose, uint32_t process)
{
	chosen = process;
	return 0;
}

static int is_interactive(const struct sched_candidate *candidate)
{
	if (chosen)
		return candidate->process == chosen;
	return candidate->sleeps >= SLEEPS && candidate->ran / candidate->sleeps < BURST;
}

PLUGIN_GRAFT(sched)
{
	uint32_t i;

	(void)reason, (void)running;
	if (owed_us > SCHED_OWED_US)
		return SCHED_DEFAULT;
	for (i = 0; i < nr; i++)
		if (is_interactive(&window->candidates[i]))
			return i;
	return SCHED_DEFAULT;
}
