// SPDX-License-Identifier: MIT
/* Must fail: prints the verdict of a pass, and dies of a trap without handler. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	hypercall(set_trap_table, 0);
	asm volatile("ud2");
}
