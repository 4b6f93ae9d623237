// SPDX-License-Identifier: MIT
/* Must fail: prints the verdict of a pass, and sleeps without a wake-up call. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	for (;;)
		hypercall(sched_op, SCHEDOP_block, 0);
}
