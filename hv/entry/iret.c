/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HYPERVISOR_iret: the guest kernel returns from a trap, a callback, or to a
 * process. The stack holds EAX and then what iret would pop.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/printk.h>

#define POP(to, at, fault)                                       \
	asm goto("1: movl %c2(%1), %0\n" EXTABLE_GOTO(1b, fault) \
		 : "=r"(to)                                      \
		 : "r"(frame), "i"(at)                           \
		 : "memory"                                      \
		 : fault)

/* What may come from the guest; IF is always on, the rest off. */
#define EFLAGS_GUEST (0x00000cd5u | EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID)

long do_iret(struct regs *r)
{
	u32 frame = r->esp, eax, eip, cs, eflags, esp, ss;

	if (unlikely(!guest_range_ok(frame, 24)))
		goto fault;
	POP(eax, 0, fault);
	POP(eip, 4, fault);
	POP(cs, 8, fault);
	POP(eflags, 12, fault);
	vcpu_info->evtchn_upcall_mask = !(eflags & EFLAGS_IF);
	r->eip = eip;
	r->eflags = (eflags & EFLAGS_GUEST) | EFLAGS_IF | EFLAGS_ONE;
	cs &= 0xffff;
	r->cs = cs;
	if ((cs & 3) == 1) {
		r->esp = frame + 16;
		return (long)eax;
	}
	if (unlikely((cs & 3) != 3 || (eflags & EFLAGS_VM)))
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
	guest_kill("iret from a stack that is not readable at %08x", frame);
}
