// SPDX-License-Identifier: MIT
/* Must fail: powers off without a verdict. */
#include <lib/test.h>

void test_main(void)
{
	shutdown(SHUTDOWN_poweroff);
}
