// SPDX-License-Identifier: GPL-2.0-only
/* The sentence that goes with an errno. */
#include "reason.h"

int core_refuse(struct core_reason *why, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	core_vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return error;
}
