// SPDX-License-Identifier: MIT
/* Must fail: the guest prints another line after the verdict of a pass. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESS\n");
	print("and another thing\n");
	shutdown(SHUTDOWN_poweroff);
}
