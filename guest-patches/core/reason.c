// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that goes with an errno. */
#include "reason.h"

/* Names in it come from files and users; a log and a terminal get text only. */
int core_refuse(struct core_reason *why, int error, const char *format, ...)
{
	va_list args;
	char *at;

	va_start(args, format);
	port_vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	for (at = why->text; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return error;
}
