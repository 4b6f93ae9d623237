// SPDX-License-Identifier: MIT
/*
 * Claim: an exception frame of which only the last words do not fit on the guest's stack
 * ends the guest.
 *
 * Provoked by: a page fault, which pushes 16 bytes, with ESP 8 bytes above a page that
 * is not writable.
 *
 * Cannot tell: whether the words that did fit were written.
 */
#include <lib/test.h>

void test_main(void)
{
	u8 *stack = pages_alloc(2);

	check_errno(page_rights(stack, PTE_READONLY), 0, "read-only");
	asm volatile("movl %0, %%esp; movl 0x1000, %%eax" : : "r"(stack + PAGE_SIZE + 8));
	report_failure("the guest survived");
}
