/* SPDX-License-Identifier: MIT */
/* A plugin that never returns: spins, or requests services. */
#include <ringfence/plugin.h>

PLUGIN("loop", "1.0", "loops for ever: spin, talk");

static volatile uint32_t turns;

PLUGIN_ENTRY(spin, void)
{
	for (;;)
		turns++;
}

PLUGIN_ENTRY(talk, void)
{
	for (;;)
		plugin_service_log("again", 5);
}
