// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret does not enter virtual-8086 mode.
 *
 * Provoked by: an iret frame to ring 3 with EFLAGS.VM set.
 *
 * Cannot tell: that clearing the flag would not do; a monitor that clears VM would be as
 * safe.
 */
#include <lib/test.h>

void test_main(void)
{
	user_init();
	user_eflags = EFLAGS_IF | EFLAGS_VM;
	user_run(0x1000, 0x2000, user_eflags, 0);
	report_failure("the guest survived");
}
