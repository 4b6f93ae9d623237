// SPDX-License-Identifier: GPL-2.0-only
/*
 * Boot option crash=: make the monitor panic on purpose, to test panic, its backtrace
 * and the double fault task.
 */
#include <hv/boot.h>
#include <hv/printk.h>

static noinline void read_nowhere(void)
{
	(void)*(volatile u32 *)0xffffe000;
}

/* Push on an unmapped stack: a double fault, which only the task gate can handle. */
static noinline void lose_the_stack(void)
{
	asm volatile("movl %0, %%esp\n pushl %%eax" : : "i"(0xffffe000) : "memory");
}

void crash_rehearse(void)
{
	switch (option_crash) {
	case CRASH_NO:
		return;
	case CRASH_BUG:
		BUG_ON(option_crash == CRASH_BUG);
		return;
	case CRASH_FAULT:
		read_nowhere();
		return;
	case CRASH_STACK:
		lose_the_stack();
		return;
	}
}
