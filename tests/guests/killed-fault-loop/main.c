// SPDX-License-Identifier: MIT
/*
 * Claim: a guest whose page-fault handler is not mapped uses up its stack and is killed;
 * the monitor's stack does not grow meanwhile.
 *
 * Provoked by: a handler at an unmapped address, and a stack with an unmapped page below
 * it.
 *
 * Cannot tell: how many exception frames were pushed.
 */
#include <lib/test.h>

void test_main(void)
{
	u8 *stack = pages_alloc(3);

	check_errno(page_map(stack, 0, 0), 0, "hole below the stack");
	check_errno(trap_set(X86_PF, 0, FLAT_RING1_CS, 0x5000), 0, "handler nowhere");
	asm volatile("movl %0, %%esp; movl 0x1000, %%eax" : : "r"(stack + 3 * PAGE_SIZE));
	report_failure("the guest survived");
}
