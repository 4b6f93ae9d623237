/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall iret: the guest kernel returns from a trap or callback, or to a process.
 * The guest's stack holds EAX and above it the words that the CPU's iret would pop.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/iret_check.h>
#include <hv/printk.h>

#define POP(to, at, fault)                                       \
	asm goto("1: movl %c2(%1), %0\n" EXTABLE_GOTO(1b, fault) \
		 : "=r"(to)                                      \
		 : "r"(sp), "i"(at)                              \
		 : "memory"                                      \
		 : fault)

long do_iret(struct regs *r)
{
	u32 sp = r->esp, eax, eip, cs, eflags, esp, ss;

	if (unlikely(!guest_range_ok(sp, 24)))
		goto fault;
	POP(eax, 0, fault);
	POP(eip, 4, fault);
	POP(cs, 8, fault);
	POP(eflags, 12, fault);
	vcpu_info->evtchn_upcall_mask = !(eflags & EFLAGS_IF);
	r->eip = eip;
	r->eflags = iret_eflags(eflags);
	cs &= 0xffff;
	r->cs = cs;
	if (iret_to(cs, eflags) == IRET_KERNEL) {
		r->esp = sp + 16;
		return (long)eax;
	}
	if (iret_to(cs, eflags) == IRET_REFUSED)
		guest_kill(
			"iret to %04x:%08x, eflags %08x: a guest has rings 1 and 3, no virtual-8086 mode",
			cs, eip, eflags);
	POP(esp, 16, fault);
	POP(ss, 20, fault);
	r->esp = esp;
	r->ss = ss & 0xffff;
	world_user();
	return (long)eax;
fault:
	guest_kill("iret from a stack that is not readable at %08x", sp);
}
