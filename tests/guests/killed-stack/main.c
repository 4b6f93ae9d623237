// SPDX-License-Identifier: MIT
/*
 * Claim: a trap whose frame cannot be written ends the guest.
 *
 * Provoked by: int3 with ESP in an unmapped page.
 *
 * Cannot tell: a stack that fails half-way through the frame.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0x1800, %esp; int3");
	report_failure("the guest survived");
}
