// SPDX-License-Identifier: MIT
/*
 * Claim: the monitor resets CPU state that a boot loader left: sysenter and syscall
 * fault, rdpmc is refused, rdtsc is permitted, no breakpoint is armed, and cli of a
 * process faults.
 *
 * Provoked by: each of these in rings 1 and 3. tests/test_left_over.py boots this guest
 * behind a loader (loader.S) that leaves all of that enabled.
 *
 * Cannot tell: registers that have no effect on these engines.
 */
#include <lib/test.h>

static u32 fault_vector, fault_error;

static bool on_fault(struct regs *regs)
{
	fault_vector = regs->vector;
	fault_error = regs->error;
	regs->eip += 2; /* all that fault here are two bytes long */
	return true;
}

USER_TEXT static u32 user_sysenter(u32 argument)
{
	asm volatile("movl %%esp, %%ecx; movl $1f, %%edx; .byte 0x0f, 0x34; 1:"
		     :
		     :
		     : "ecx", "edx", "memory");
	return argument;
}

USER_TEXT static u32 user_syscall_insn(u32 argument)
{
	asm volatile(".byte 0x0f, 0x05" : : : "ecx", "memory");
	return argument;
}

USER_TEXT static u32 user_rdpmc(u32 argument)
{
	asm volatile("rdpmc" : : "c"(0) : "eax", "edx");
	return argument;
}

USER_TEXT static u32 user_rdtsc(u32 argument)
{
	asm volatile("rdtsc" : : : "eax", "edx");
	return argument;
}

USER_TEXT static u32 user_cli(u32 argument)
{
	asm volatile("cli; nop");
	return argument;
}

static void expect(u32 (*fn)(u32), u32 vector, const char *name)
{
	fault_vector = ~0u;
	fault_error = 0;
	check_eq(user_call(fn, 1), 1, "%s in ring 3: result", name);
	check_eq(fault_vector, vector, "%s in ring 3: vector", name);
	check_eq(fault_error, 0, "%s in ring 3: error code", name);
}

void test_main(void)
{
	u32 value;

	check_eq(probe_read((void *)(VIRT_BASE + 0x100000), &value), 0,
		 "a read where a breakpoint was left");
	check_eq(PROBE(".byte 0x0f, 0x34"), FAULT(X86_GP, 0), "sysenter in ring 1");
	check_eq(PROBE("rdpmc", "c"(0)), FAULT(X86_GP, 0), "rdpmc in ring 1");
	user_init();
	trap_handle(X86_GP, on_fault);
	trap_handle(X86_UD, on_fault);
	expect(user_sysenter, X86_GP, "sysenter");
	expect(user_syscall_insn, X86_UD, "syscall");
	expect(user_rdpmc, X86_GP, "rdpmc");
	expect(user_cli, X86_GP, "cli");
	expect(user_rdtsc, ~0u, "rdtsc");
	report_success();
}
