// SPDX-License-Identifier: MIT
/*
 * Claim: of the keyboard controller's commands f0 to ff, which pulse its output lines,
 * those with bit 0 clear reset the machine: the monitor ends it with the status of a
 * reboot. The others have no effect.
 *
 * Provoked by: the odd commands; with "pulse=N" on the command line, command N
 * (tests/test_reset.py).
 *
 * Cannot tell: other functions of the controller; reset by its output port.
 */
#include <lib/chance.h>
#include <lib/test.h>

static void command(u8 value)
{
	asm volatile("outb %0, $0x64" : : "a"(value));
}

void test_main(void)
{
	u32 value = option("pulse=", 0);

	if (value) {
		command((u8)value);
		panic("still here after command %x", value);
	}
	for (value = 0xf1; value <= 0xff; value += 2)
		command((u8)value);
	report_success();
}
