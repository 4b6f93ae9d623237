// SPDX-License-Identifier: MIT
/* The verdict and the end of a guest. */
#include <lib/console.h>
#include <lib/hypercall.h>
#include <lib/report.h>

enum status { RUNNING, SUCCESS, SKIP, ERROR, FAILURE };

static const char *const status_name[] = { "RUNNING", "SUCCESS", "SKIP", "ERROR", "FAILURE" };
static enum status status;
/* A broken monitor may fail every round of a loop: only the first lines are printed. */
static unsigned int lines;
#define LINES_MAX 40

static void raise(enum status to, const char *fmt, va_list args)
{
	char line[400];

	if (to > status)
		status = to;
	if (!fmt || lines++ > LINES_MAX)
		return;
	format(line, sizeof(line), fmt, args);
	print("%s: %s\n", status_name[to], line);
	if (lines > LINES_MAX)
		print("(further lines of this kind are not printed)\n");
}

void report_success(void)
{
	if (status < SUCCESS)
		status = SUCCESS;
}

#define REPORT(name, level)                      \
	void report_##name(const char *fmt, ...) \
	{                                        \
		va_list args;                    \
                                                 \
		va_start(args, fmt);             \
		raise(level, fmt, args);         \
		va_end(args);                    \
	}

REPORT(skip, SKIP)
REPORT(error, ERROR)
REPORT(failure, FAILURE)

bool report_failed(void)
{
	return status > SKIP;
}

void shutdown(u32 reason)
{
	struct sched_shutdown how = { .reason = reason };

	for (;;) {
		hypercall(sched_op, SCHEDOP_shutdown, &how);
		asm volatile("ud2");
	}
}

void report_end(void)
{
	if (status == RUNNING)
		report_error("the test ended without a report");
	print("Test result: %s\n", status_name[status]);
	shutdown(SHUTDOWN_poweroff);
}

void panic(const char *fmt, ...)
{
	static bool again;
	char line[400];
	va_list args;

	if (!again) {
		again = true;
		va_start(args, fmt);
		format(line, sizeof(line), fmt, args);
		va_end(args);
		print("PANIC: %s\n", line);
	}
	shutdown(SHUTDOWN_crash);
}
