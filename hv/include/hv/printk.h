/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's log, its panic, and the way it ends the machine.
 */
#ifndef HV_PRINTK_H
#define HV_PRINTK_H

#include <hv/types.h>

enum loglevel { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };
extern enum loglevel loglevel;

/* One line without "\n"; the line begins with "(rf) ". */
void printk(enum loglevel level, const char *fmt, ...) __printf(2, 3);
#define log_err(...)   printk(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  printk(LOG_WARN, __VA_ARGS__)
#define log_info(...)  printk(LOG_INFO, __VA_ARGS__)
#define log_debug(...) printk(LOG_DEBUG, __VA_ARGS__)

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

struct regs;
/* An invariant of the monitor is broken: log registers and backtrace, then exit. */
void panic(const char *fmt, ...) __printf(1, 2) noreturn;
void panic_regs(const struct regs *r, const char *fmt, ...) __printf(2, 3) noreturn;
/* Only for the monitor's own state, never for a condition that a guest can cause. */
#define BUG_ON(c)                                                   \
	do {                                                        \
		if (unlikely(c))                                    \
			panic("%s:%d: %s", __FILE__, __LINE__, #c); \
	} while (0)

/* Boot input is wrong (module, ELF, memory, option): log one sentence, then exit. */
void cannot_boot(const char *fmt, ...) __printf(1, 2) noreturn;
/* The guest cannot go on: log why and the trace, then exit. */
void guest_kill(const char *fmt, ...) __printf(1, 2) noreturn;

enum exit_code {
	EXIT_POWEROFF = 0x10,
	EXIT_GUEST_CRASH = 0x11,
	EXIT_PANIC = 0x12,
	EXIT_BOOT = 0x13,
	EXIT_REBOOT = 0x14,
	EXIT_OTHER = 0x15,
};
void machine_exit(enum exit_code code) noreturn;

#endif
