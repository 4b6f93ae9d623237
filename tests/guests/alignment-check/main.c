// SPDX-License-Identifier: MIT
/*
 * Claim: with EFLAGS.AC set an unaligned access of a process is #AC; an unaligned access
 * of the guest kernel is not.
 *
 * Provoked by: unaligned reads of ring 3 with AC and without, and of ring 1 with AC.
 *
 * Cannot tell: anything under TCG, which does not check alignment.
 */
#include <lib/test.h>

USER_DATA static u32 data[4] = { 1, 2, 3, 4 };

static u32 times, error;

static bool count(struct regs *regs)
{
	times++;
	error = regs->error;
	regs->eflags &= ~EFLAGS_AC;
	return true;
}

USER_TEXT static u32 user_read(u32 address)
{
	return *(volatile u32 *)address;
}

void test_main(void)
{
	u32 value;

	trap_handle(X86_AC, count);
	user_init();
	check_eq(user_call(user_read, (u32)data + 1), 0x02000000, "unaligned word");
	check_eq(times, 0, "#AC without AC");
	user_eflags = EFLAGS_IF | EFLAGS_AC;
	check_eq(user_call(user_read, (u32)data + 4), 2, "aligned word");
	check_eq(times, 0, "#AC of an aligned access");
	check_eq(user_call(user_read, (u32)data + 1), 0x02000000, "unaligned word with AC");
	check_eq(times, 1, "#AC with AC");
	check_eq(error, 0, "error code of #AC");

	asm volatile("pushfl; orl $0x40000, (%%esp); popfl\n"
		     "movl 1(%1), %0\n"
		     "pushfl; andl $~0x40000, (%%esp); popfl"
		     : "=r"(value)
		     : "r"(data)
		     : "memory", "cc");
	check_eq(value, 0x02000000, "unaligned word of ring 1 with AC");
	check_eq(times, 1, "#AC of ring 1");
	report_success();
}
