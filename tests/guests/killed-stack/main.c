// SPDX-License-Identifier: MIT
/*
 * Claim: a trap whose exception frame cannot be written on the guest's stack ends the
 * guest.
 *
 * Provoked by: int3 with ESP in an unmapped page.
 *
 * Cannot tell: a stack of which only a part is writable; killed-stack-edge tests that.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0x1800, %esp; int3");
	report_failure("the guest survived");
}
