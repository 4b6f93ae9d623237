/* SPDX-License-Identifier: MIT */
/* Requests services of the kernel: writes to the log, reads the clock, gets random bytes. */
#include <ringfence/plugin.h>

PLUGIN("logger", "1.0", "logs lines: main N; asks for: random; tries: any NUMBER");
PLUGIN_BUDGET_US(1000000);

/* Logs @lines lines. Returns the time that took, in microseconds, plus 1. */
PLUGIN_ENTRY(main, uint32_t lines)
{
	char text[] = "line 0 of the logger";
	uint64_t begin = plugin_now();
	uint32_t i;

	for (i = 0; i < lines; i++) {
		text[5] = '0' + i % 10;
		plugin_log(text);
	}
	return (uint32_t)((plugin_now() - begin) / 1000) + 1;
}

/* Returns 4 random bytes. Unless loaded with --allow random, the request is a strike. */
PLUGIN_ENTRY(random, void)
{
	uint32_t value = 0;

	plugin_service_random(&value, sizeof(value));
	return value;
}

/* Requests service @number with arguments of 0, and returns the status. */
PLUGIN_ENTRY(any, uint32_t number)
{
	const uint32_t args[4] = { 0, 0, 0, 0 };

	return (uint32_t)plugin_service(number, args, NULL);
}
