// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret never takes a frame out of the monitor's memory, which
 * the monitor itself could read: the guest ends instead.
 *
 * Provoked by: the hypercall itself with ESP at the monitor's first page.
 *
 * Cannot tell: other addresses; guests/space-end has the edge.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("movl $0xff000000, %%esp; movl $23, %%eax; int $0x82" : : : "memory");
	report_failure("the guest survived");
}
