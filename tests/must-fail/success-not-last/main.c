// SPDX-License-Identifier: MIT
/* Must fail: the verdict of a pass is not the last thing it says. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	print("and another thing\n");
	shutdown(SHUTDOWN_poweroff);
}
