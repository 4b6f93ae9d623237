/* SPDX-License-Identifier: MIT */
/* Formatted text output of a guest, through console_io. */
#ifndef LIB_CONSOLE_H
#define LIB_CONSOLE_H

#include <lib/types.h>

/*
 * Conversions: d i u x X c s p %, with flags 0 and -, a width, a precision
 * for s, and the sizes l, ll, z, h.
 */
int format(char *buffer, size_t size, const char *fmt, va_list args);
int print(const char *fmt, ...) PRINTF(1, 2);
int format_string(char *buffer, size_t size, const char *fmt, ...) PRINTF(3, 4);
void console_write(const char *text, size_t length);

#endif /* LIB_CONSOLE_H */
