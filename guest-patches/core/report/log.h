/* SPDX-License-Identifier: GPL-2.0-only */
/* The last lines that a plugin logged. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "port.h"

#define CORE_LOG_SIZE 2048

/* Whole lines, each with its newline; always terminated. */
struct core_log {
	uint32_t used;
	char text[CORE_LOG_SIZE];
};

/* A line that does not fit drops the older half. @line is shorter than that. */
void core_log_add(struct core_log *log, const char *line);

#endif /* CORE_LOG_H */
