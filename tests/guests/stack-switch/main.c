// SPDX-License-Identifier: MIT
/*
 * Claim: stack_switch sets the stack on which traps from ring 3 are delivered, and
 * nothing else: a trap in ring 1 stays on its stack.
 *
 * Provoked by: int 0x80 from ring 3 after each of two switches, and int3 in ring 1.
 *
 * Cannot tell: what an invalid stack does; guests/killed-stack shows that.
 */
#include <lib/test.h>

static u8 stacks[2][PAGE_SIZE] PAGE_BUFFER;
static volatile u32 frame_end;

static bool record(struct regs *regs)
{
	frame_end = (u32)(&regs->ss + 1);
	if (regs->vector == X86_BP)
		frame_end = (u32)&regs->esp;
	return true;
}

USER_TEXT static u32 user_call_kernel(u32 n)
{
	return user_syscall(n, 0, 0);
}

static bool on_syscall(struct regs *regs)
{
	if (regs->eax == USER_EXIT)
		user_leave(regs->ebx);
	return record(regs);
}

void test_main(void)
{
	u32 i, esp;

	trap_handle(VECTOR_SYSCALL, on_syscall);
	trap_handle(X86_BP, record);
	user_init();
	for (i = 0; i < 4; i++) {
		u8 *stack = stacks[i & 1];

		check_errno(hypercall(stack_switch, FLAT_RING1_SS, stack + PAGE_SIZE), 0,
			    "stack_switch");
		frame_end = 0;
		user_call(user_call_kernel, 1);
		check_eq(frame_end, (u32)stack + PAGE_SIZE, "end of a ring-3 frame");
		asm volatile("movl %%esp, %0; int3" : "=r"(esp) : : "memory");
		check_eq(frame_end, esp, "end of a ring-1 frame");
	}
	/* RPL 0 of a selector becomes 1. */
	check_errno(hypercall(stack_switch, FLAT_RING1_SS & ~3, stacks[0] + PAGE_SIZE), 0,
		    "stack_switch with RPL 0");
	user_call(user_call_kernel, 1);
	check_eq(frame_end, (u32)stacks[0] + PAGE_SIZE, "end of a frame after RPL 0");
	report_success();
}
