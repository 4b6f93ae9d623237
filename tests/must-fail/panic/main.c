// SPDX-License-Identifier: MIT
/* Must fail: an unexpected trap. */
#include <lib/test.h>

void test_main(void)
{
	report_success();
	*(volatile u32 *)0x1000 = 1;
}
