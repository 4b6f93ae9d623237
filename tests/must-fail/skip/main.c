// SPDX-License-Identifier: MIT
/* Must fail: a skipped test is no pass. */
#include <lib/test.h>

void test_main(void)
{
	report_success();
	report_skip("nothing to see");
}
