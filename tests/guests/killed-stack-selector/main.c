// SPDX-License-Identifier: MIT
/*
 * Claim: a kernel stack whose selector does not load ends the guest or is refused; the
 * monitor neither faults nor loops.
 *
 * Provoked by: stack_switch with the selector of an empty slot, and a trap of ring 3.
 *
 * Cannot tell: other selectors.
 */
#include <lib/test.h>

USER_TEXT static u32 user_trap(u32 unused)
{
	return user_syscall(unused, 0, 0);
}

static u8 stack[PAGE_SIZE] PAGE_BUFFER;

void test_main(void)
{
	user_init();
	/* The monitor may also refuse stack_switch: then the guest crashes itself. */
	if (hypercall(stack_switch, 0x1231, stack + PAGE_SIZE))
		shutdown(SHUTDOWN_crash);
	user_call(user_trap, 1);
	report_failure("the guest survived");
}
