/* SPDX-License-Identifier: GPL-2.0-only */
/* The last lines that a plugin logged by the service `log`. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "port.h"

#define CORE_LOG_SIZE 2048

/* Whole lines, each with a newline; `text` is always terminated. */
struct core_log {
	uint32_t used; /* bytes, without the terminating zero */
	char text[CORE_LOG_SIZE];
};

/*
 * Append @line and a newline. If they do not fit, the older half of the lines is dropped
 * first. @line has at most CORE_LOG_SIZE / 2 - 2 characters. The caller holds the lock
 * that guards the log, see life/registry.h.
 */
void core_log_add(struct core_log *log, const char *line);

#endif /* CORE_LOG_H */
