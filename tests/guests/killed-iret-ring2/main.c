// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret to ring 2 ends the guest; only plugin_op runs code in ring 2.
 *
 * Provoked by: iret frames with a selector whose RPL is 2.
 *
 * Cannot tell: whether such a selector would load.
 */
#include <lib/test.h>

void test_main(void)
{
	asm volatile("pushl %0; pushl $0xc0200000; pushl $0x202; pushl $0xe01a; pushl $1f\n"
		     "jmp hypercall_page + 23 * 32\n1:"
		     :
		     : "i"(FLAT_RING1_DS));
	report_failure("the guest survived");
}
