// SPDX-License-Identifier: MIT
/* Must fail: prints the verdict of a pass, and suspends instead of powering off. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	shutdown(SHUTDOWN_suspend);
}
