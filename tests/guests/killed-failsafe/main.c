// SPDX-License-Identifier: MIT
/*
 * Claim: when the failsafe callback cannot be entered either, the monitor kills the
 * guest and names the reason; it does not try again for ever.
 *
 * Provoked by: a failsafe callback whose code selector does not load, and an iret to
 * another selector that does not load.
 */
#include <lib/test.h>

void test_main(void)
{
	user_init(); /* a stack for the callback's frame */
	check_errno(hypercall(set_callbacks, FLAT_RING1_CS, upcall_entry, 0xe009, failsafe_entry),
		    0, "callbacks");
	asm volatile("pushl $0x202; pushl $0xe041; pushl $0xc0100000; jmp *%0"
		     :
		     : "r"(hypercall_page + __HYPERVISOR_iret * HYPERCALL_SLOT));
	report_failure("it came back");
}
