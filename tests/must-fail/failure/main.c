// SPDX-License-Identifier: MIT
/* Must fail: a check fails, and success is reported all the same. */
#include <lib/test.h>

void test_main(void)
{
	check_eq(1, 2, "one");
	report_success();
}
