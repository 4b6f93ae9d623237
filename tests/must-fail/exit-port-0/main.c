// SPDX-License-Identifier: MIT
/*
 * Must fail: prints the verdict of a pass and writes to the exit device, both
 * the value of a pass and others. The port is the monitor's, so the writes are ignored and the
 * guest runs until its timeout.
 */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	asm volatile("outl %0, $0xf4" : : "a"(0x10));
	asm volatile("outl %0, $0xf4" : : "a"(0));
	for (;;)
		asm volatile("pause");
}
