// SPDX-License-Identifier: MIT
/* Must fail: returns without having reported anything. */
#include <lib/test.h>

void test_main(void)
{
}
