/* SPDX-License-Identifier: MIT */
/* The monitor's log, for tests that do not read it; a panic ends the test. */
#ifndef HOST_SILENT_LOG_H
#define HOST_SILENT_LOG_H

#include <hv/printk.h>

#include "check.h"

enum loglevel loglevel;

void printk(enum loglevel level, const char *fmt, ...)
{
	(void)level, (void)fmt;
}

void panic(const char *fmt, ...)
{
	printf("the monitor panics: %s\nTest result: FAILURE\n", fmt);
	exit(1);
}

#endif /* HOST_SILENT_LOG_H */
