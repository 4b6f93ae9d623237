// SPDX-License-Identifier: GPL-2.0-only
/* Formats the sentence that explains an errno to the user. */
#include "reason.h"

/*
 * The sentence may contain names from files and users. Each byte that is not printable
 * ASCII becomes '?', so that a name cannot control a terminal or forge a line of a log.
 */
int core_refuse(struct core_reason *why, int error, const char *format, ...)
{
	va_list args;
	char *at;

	if (!why)
		return error;
	va_start(args, format);
	port_vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	for (at = why->text; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return error;
}
