/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Driver of COM1, a 16550: the guest's console, and the monitor's log (dev/console.c).
 */
#include <hv/cpu.h>
#include <hv/dev.h>

#define COM1 0x3f8
#define RBR  0 /* receive, transmit */
#define IER  1
#define FCR  2
#define LCR  3
#define MCR  4
#define LSR  5

#define RING 4096u

static char ring[RING];
static u32 head, tail; /* free running */
static bool present;

void uart_init(void)
{
	outb(COM1 + IER, 0);
	outb(COM1 + LCR, 0x80); /* divisor latch */
	outb(COM1 + RBR, 1);	/* 115200 */
	outb(COM1 + IER, 0);
	outb(COM1 + LCR, 0x03); /* 8n1 */
	outb(COM1 + FCR, 0x07);
	outb(COM1 + MCR, 0x0b); /* DTR, RTS, OUT2 (interrupt enable) */
	present = inb(COM1 + LSR) != 0xff;
	if (present)
		outb(COM1 + IER, 1);
}

void uart_putc(char c)
{
	u32 spin = 100000; /* a stuck line must not stop the monitor */

	if (!present)
		return;
	while (!(inb(COM1 + LSR) & 0x20) && --spin)
		;
	outb(COM1 + RBR, (u8)c);
}

void uart_interrupt(void)
{
	while (present && (inb(COM1 + LSR) & 1)) {
		char c = (char)inb(COM1 + RBR);

		if (head - tail < RING)
			ring[head++ % RING] = c;
	}
}

bool uart_input_pending(void)
{
	return head != tail;
}

u32 uart_read(char *buf, u32 len)
{
	u32 n = 0;

	while (n < len && head != tail)
		buf[n++] = ring[tail++ % RING];
	return n;
}
