// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret to ring 0 ends the guest.
 *
 * Provoked by: a frame with the monitor's own code selector.
 *
 * Cannot tell: ring 2, which is the plugins'; guests/killed-iret-ring2.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("pushl $0x202; pushl $0xe008; pushl $1f; jmp hypercall_page + 23 * 32\n1:");
	report_failure("the guest survived");
}
