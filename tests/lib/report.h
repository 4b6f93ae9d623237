/* SPDX-License-Identifier: MIT */
/*
 * The verdict of a guest. A verdict can only become worse: RUNNING < SUCCESS < SKIP < ERROR
 * < FAILURE. FAILURE is a fault of the monitor, ERROR one of the test itself. A guest that
 * ends without any report is an ERROR. A guest whose last line is not "Test result: ..." has
 * crashed.
 */
#ifndef LIB_REPORT_H
#define LIB_REPORT_H

#include <lib/types.h>

void report_success(void);
void report_skip(const char *fmt, ...) PRINTF(1, 2);
void report_error(const char *fmt, ...) PRINTF(1, 2);
void report_failure(const char *fmt, ...) PRINTF(1, 2);
bool report_failed(void); /* a check has failed, or worse */

/* Prints the last line and powers off. */
void report_end(void) NORETURN;
/* The library cannot go on: prints why, and crashes the domain. */
void panic(const char *fmt, ...) PRINTF(1, 2) NORETURN;
void shutdown(u32 reason) NORETURN;

/* A false condition is a failure of the monitor; the test goes on. */
#define check(condition, fmt, ...)                                                        \
	({                                                                                \
		bool ok_ = (condition);                                                   \
		if (!ok_)                                                                 \
			report_failure("%s:%d: " fmt, __FILE__, __LINE__, ##__VA_ARGS__); \
		ok_;                                                                      \
	})

/* Two numbers that have to be equal, printed in both bases when they are not. */
#define check_eq(got, want, what, ...)                                                         \
	({                                                                                     \
		u64 got_ = (u64)(got), want_ = (u64)(want);                                    \
		bool ok_ = got_ == want_;                                                      \
		if (!ok_)                                                                      \
			report_failure("%s:%d: " what ": got %#llx (%lld), want %#llx (%lld)", \
				       __FILE__, __LINE__, ##__VA_ARGS__, got_, got_, want_,   \
				       want_);                                                 \
		ok_;                                                                           \
	})

/* Checks the result of a hypercall: `want` is a positive errno, or 0. */
#define check_errno(call, want, what, ...) \
	check_eq((long)(call), -(long)(want), what, ##__VA_ARGS__)

/* A precondition of the test: if false, the test ends with ERROR. */
#define require(condition, fmt, ...)                                                    \
	do {                                                                            \
		if (!(condition)) {                                                     \
			report_error("%s:%d: " fmt, __FILE__, __LINE__, ##__VA_ARGS__); \
			report_end();                                                   \
		}                                                                       \
	} while (0)

#endif /* LIB_REPORT_H */
