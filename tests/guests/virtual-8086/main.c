// SPDX-License-Identifier: MIT
/*
 * Claim: an iret with EFLAGS.VM, by a plugin or a process, does not enter virtual-8086
 * mode. Where the machine enters it all the same (TCG), the first trap out of it ends
 * the plugin with #GP, and is #GP for the process.
 *
 * Provoked by: iret in ring 3 and in a plugin. The code of that mode would be at linear
 * addresses that are mapped for neither.
 *
 * Cannot tell: what an endless loop with interrupts off would do there.
 */
#include <lib/plugin.h>
#include <lib/test.h>

/* GS FS DS ES SS ESP, flags with VM and IOPL 3, and here. */
#define VM_IRET                                                            \
	"movl %%cs, %%ecx; call 1f; 1: popl %%eax; addl $2f - 1b, %%eax\n" \
	"pushl $0; pushl $0; pushl $0; pushl $0; pushl $0; pushl $0\n"     \
	"pushl $0x23202; pushl %%ecx; pushl %%eax; iret\n2:\n"

PLUGIN_CODE(enter_vm, "movl %cs, %ecx; call 1f; 1: popl %eax; addl $2f - 1b, %eax\n"
		      "pushl $0; pushl $0; pushl $0; pushl $0; pushl $0; pushl $0\n"
		      "pushl $0x23202; pushl %ecx; pushl %eax; iret\n2: ud2");

USER_TEXT static u32 user_enter_vm(u32 argument)
{
	asm volatile("movl %%esp, %%edx\n" VM_IRET "movl %%edx, %%esp"
		     :
		     :
		     : "eax", "ecx", "edx", "memory", "cc");
	return argument + 1;
}

static u32 faults;

static bool on_fault(struct regs *regs)
{
	if ((regs->cs & 3) != 3)
		return false;
	faults++;
	check_eq(regs->vector, X86_GP, "vector of the process");
	check_eq(regs->error, 0, "error code");
	check_eq(regs->cs, FLAT_RING3_CS, "cs");
	check_eq(regs->eflags & (EFLAGS_VM | EFLAGS_IOPL | EFLAGS_NT), 0, "flags");
	user_leave(77);
}

void test_main(void)
{
	struct test_plugin p;
	struct plugin_query q;
	u32 value;

	plugin_make(&p, enter_vm, enter_vm_end);
	check_eq(plugin_call(&p, 0, 0, &value), PLUGIN_STATUS_FAULT, "plugin: status");
	q = plugin_query(p.handle);
	if (q.fault.vector != X86_UD) {
		check_eq(q.fault.vector, X86_GP, "plugin: vector");
		check_eq(q.fault.flags, 0, "plugin: flags");
		check(q.fault.eflags & EFLAGS_VM, "plugin: stopped where it should not be");
	}
	user_init();
	trap_handle(X86_GP, on_fault);
	trap_handle(X86_PF, on_fault);
	value = user_call(user_enter_vm, 41);
	check_eq(value, faults ? 77 : 42, "process");
	print("virtual-8086 mode: %s\n", faults ? "entered, and left by #GP" : "not entered");
	report_success();
}
