// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret never reads its iret frame from the monitor's memory, which
 * ring 0 could read: the guest is killed instead.
 *
 * Provoked by: the hypercall with ESP at the monitor's first page.
 *
 * Cannot tell: other addresses; guests/space-end tests the edge.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0xff000000, %%esp; movl $23, %%eax; int $0x82" : : : "memory");
	report_failure("the guest survived");
}
