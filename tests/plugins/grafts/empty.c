/* SPDX-License-Identifier: MIT */
/* Answers at once: what a question to it costs is what any question costs besides the graft. */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("empty", "1.0", "a graft that does nothing");

PLUGIN_GRAFT(trial)
{
	(void)window, (void)round, (void)limit, (void)a, (void)b;
	return 0;
}
