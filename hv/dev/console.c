/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Output of the monitor's log: always to the debug port (e9h), and to COM1 until the
 * guest first writes to its console. Then COM1 gets only warnings and errors.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/string.h>

#define DEBUG_PORT 0xe9

static bool to_uart = true;
static bool guest_uses_uart;

void console_options(const char *value)
{
	to_uart = strcmp(value, "debugcon") != 0;
}

void console_guest_began(void)
{
	guest_uses_uart = true;
}

static void put_line(void (*putc)(char), const char *s)
{
	while (*s)
		putc(*s++);
}

static void debug_putc(char c)
{
	outb(DEBUG_PORT, (u8)c);
}

void console_log(const char *line, bool important)
{
	put_line(debug_putc, "(rf) ");
	put_line(debug_putc, line);
	debug_putc('\n');
	if (!to_uart || (guest_uses_uart && !important))
		return;
	put_line(uart_putc, "(rf) ");
	put_line(uart_putc, line);
	put_line(uart_putc, "\r\n");
}
