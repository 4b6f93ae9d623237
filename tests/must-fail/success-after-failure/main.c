// SPDX-License-Identifier: MIT
/* Must fail: two verdicts, the last of which is that of a pass. */
#include <lib/test.h>

void test_main(void)
{
	print("Test result: FAILURE\n");
	print("Test result: SUCCESS\n");
	shutdown(SHUTDOWN_poweroff);
}
