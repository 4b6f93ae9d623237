// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret from a stack that cannot be read ends the guest.
 *
 * Provoked by: the hypercall itself (the stub would fault on its push), with
 * ESP in an unmapped page.
 *
 * Cannot tell: a frame that is half readable.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0x1800, %%esp; movl $23, %%eax; int $0x82" : : : "memory");
	report_failure("the guest survived");
}
