/* SPDX-License-Identifier: MIT */
/* Asks for services with pointers to memory that is not the plugin's. */
#include <ringfence/plugin.h>

PLUGIN("thief", "1", "asks for service NUMBER with four registers");
PLUGIN_WINDOW_BYTES(2 * 4096);
PLUGIN_BUDGET_US(5000000);

PLUGIN_ENTRY(ask, uint32_t number, uint32_t ebx, uint32_t ecx, uint32_t esi, uint32_t edi)
{
	const uint32_t args[4] = { ebx, ecx, esi, edi };

	return (uint32_t)plugin_service(number, args, NULL);
}

/* Returns the word at @at, which may be any address. */
PLUGIN_ENTRY(peek, uint32_t at)
{
	return *(volatile uint32_t *)at;
}
