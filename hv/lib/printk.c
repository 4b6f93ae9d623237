/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's log: one line a call, each marked "(rf) ".
 */
#include <hv/dev.h>
#include <hv/printk.h>

enum loglevel loglevel = LOG_INFO;

void printk(enum loglevel level, const char *fmt, ...)
{
	char line[240];
	va_list ap;

	if (level > loglevel)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	console_log(line, level <= LOG_WARN);
}
