// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret from a stack that cannot be read ends the guest.
 *
 * Provoked by: int 0x82 with ESP in an unmapped page. The stub of the hypercall page is
 * not used: its push would fault first.
 *
 * Cannot tell: an iret frame of which only a part is readable.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0x1800, %%esp; movl $23, %%eax; int $0x82" : : : "memory");
	report_failure("the guest survived");
}
