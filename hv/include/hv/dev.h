/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices the monitor keeps for itself.
 */
#ifndef HV_DEV_H
#define HV_DEV_H

#include <hv/types.h>

/* COM1: output polled, input by interrupt into a ring. */
void uart_init(void);
void uart_putc(char c);
void uart_interrupt(void);
u32 uart_read(char *buf, u32 len);
bool uart_input_pending(void);

/* The monitor's log, to the debug port and to COM1, which is also the guest's console. */
void console_options(const char *value);
void console_log(const char *line, bool important);
void console_guest_began(void);

/* The two 8259s. Lines 0 (PIT), 2 (cascade) and 4 (COM1) are the monitor's. */
void pic_init(void);
void pic_mask(unsigned int irq);
void pic_unmask(unsigned int irq);
void pic_eoi(unsigned int irq);
bool pic_spurious(unsigned int irq);
bool pic_line_is_ours(unsigned int irq);

/* Start the tick: PIT channel 0, periodic. */
void pit_init(u32 hz);
/* The TSC's frequency in kHz, measured with PIT channel 2; takes 10 ms. */
u32 pit_calibrate_tsc_khz(void);

/* Seconds since 1970 from the CMOS clock. */
u32 cmos_seconds(void);

#endif
