// SPDX-License-Identifier: MIT
/*
 * Claim: the monitor never writes an exception frame into its own memory, wherever the
 * guest says its stack is.
 *
 * Provoked by: stack_switch to an address in the monitor, and a trap of ring 3.
 *
 * Cannot tell: every address; guests/segment-limit tests the edges.
 */
#include <lib/test.h>

USER_TEXT static u32 user_trap(u32 unused)
{
	return user_syscall(unused, 0, 0);
}

void test_main(void)
{
	user_init();
	hypercall(stack_switch, FLAT_RING1_DS, 0xfc010000);
	user_call(user_trap, 1);
	report_failure("the guest survived");
}
