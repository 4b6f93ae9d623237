/* SPDX-License-Identifier: MIT */
/* For host tests of the monitor's boot: catches cannot_boot(). */
#ifndef HOST_REFUSE_H
#define HOST_REFUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"

static jmp_buf refusal;
static char refusal_text[512];

void cannot_boot(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(refusal_text, sizeof(refusal_text), fmt, ap);
	va_end(ap);
	longjmp(refusal, 1);
}

/* Runs the call. Returns the message with which the call refused, or "". */
static const char *outcome(void (*call)(const void *), const void *with)
{
	refusal_text[0] = 0;
	if (!setjmp(refusal))
		call(with);
	return refusal_text;
}

#define REFUSED(call, with, words)                                                         \
	CHECK(outcome(call, with)[0] && strstr(refusal_text, words), "\"%s\", not \"%s\"", \
	      refusal_text, words)
#define TAKEN(call, with) CHECK(!outcome(call, with)[0], "%s", refusal_text)

#endif /* HOST_REFUSE_H */
