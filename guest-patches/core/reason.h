/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors: a negative errno for the program, and for the user one sentence that says what
 * failed, where, and what to do.
 */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "port.h"

#define CORE_REASON_SIZE 256

struct core_reason {
	char text[CORE_REASON_SIZE];
};

/*
 * Format the sentence into @why, unless that is NULL, cut to CORE_REASON_SIZE - 1 characters. Returns @error, a
 * negative errno. In any context.
 */
int core_refuse(struct core_reason *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* CORE_REASON_H */
