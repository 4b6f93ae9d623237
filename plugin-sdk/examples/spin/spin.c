/* SPDX-License-Identifier: MIT */
/* Loops for ever. The monitor ends the call when the budget is used up. */
#include <ringfence/plugin.h>

PLUGIN("spin", "1.0", "loops for ever");
PLUGIN_BUDGET_US(50000);

static volatile uint32_t turns;

PLUGIN_ENTRY(main, void)
{
	for (;;)
		turns++;
}
