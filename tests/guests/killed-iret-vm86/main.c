// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret does not go to virtual-8086 mode.
 *
 * Provoked by: a frame to ring 3 with VM set.
 *
 * Cannot tell: a monitor that clears the flag would be as safe.
 */
#include <lib/test.h>

void test_main(void)
{
	user_init();
	user_eflags = EFLAGS_IF | EFLAGS_VM;
	user_run(0x1000, 0x2000, user_eflags, 0);
	report_failure("the guest survived");
}
