// SPDX-License-Identifier: MIT
/*
 * Claim: the keyboard controller's commands f0 to ff pulse its output lines, and
 * those with bit 0 clear are the reset of the machine: the monitor ends it with
 * the status of a reboot. The others do nothing.
 *
 * Provoked by: the odd ones; with "pulse=N" on the command line, by that one
 * (tests/test_reset.py).
 *
 * Cannot tell: what else the controller would do; reset by its output port.
 */
#include <lib/test.h>

static void command(u8 value)
{
	asm volatile("outb %0, $0x64" : : "a"(value));
}

void test_main(void)
{
	const char *pulse = strstr((const char *)start_info->cmd_line, "pulse=");
	u32 value = 0;

	if (pulse) {
		for (pulse += 6; *pulse >= '0' && *pulse <= '9'; pulse++)
			value = value * 10 + (u32)(*pulse - '0');
		command((u8)value);
		panic("still here after command %x", value);
	}
	for (value = 0xf1; value <= 0xff; value += 2)
		command((u8)value);
	report_success();
}
