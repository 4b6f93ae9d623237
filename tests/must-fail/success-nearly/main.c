// SPDX-License-Identifier: MIT
/* Must fail: a last line that only begins like that of a pass. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: SUCCESSFUL\n");
	shutdown(SHUTDOWN_poweroff);
}
