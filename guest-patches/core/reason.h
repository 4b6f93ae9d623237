/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors for people: an errno, and one sentence of what, where and what to do. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "port.h"

#define CORE_REASON_SIZE 256

struct core_reason {
	char text[CORE_REASON_SIZE];
};

/* Writes the sentence (cut if too long) and returns @error. */
int core_refuse(struct core_reason *why, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* CORE_REASON_H */
