/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering the guest kernel: the frames it finds on its stack.
 *
 * As the CPU would push them for ring 0, with two differences of Xen's ABI
 * (xen/arch-x86/xen-x86_32.h): the upper half of the CS word holds the event
 * mask as it was, and EFLAGS.IF is the inverse of that mask.
 *
 *	[ss, esp]	only when the guest's user (ring 3) was interrupted
 *	eflags
 *	mask:cs
 *	eip
 *	[error code]	for exceptions that have one
 *	[gs fs es ds]	failsafe callback only; ds lowest
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/mm.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <hv/trap.h>

/* Store a word; on a fault go to `fault`. The range was checked before. */
#define PUSH(sp, value, fault)                                \
	asm goto("1: movl %0, (%1)\n" EXTABLE_GOTO(1b, fault) \
		 :                                            \
		 : "r"((u32)(value)), "r"(sp -= 4)            \
		 : "memory"                                   \
		 : fault)

/* Bits that the guest kernel's handlers never see set. */
#define CLEARED \
	(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_IOPL | EFLAGS_AC | EFLAGS_DF)

static always_inline u32 push_frame(struct regs *r, u32 *top)
{
	u32 mask = vcpu_info->evtchn_upcall_mask, sp = r->esp;
	u32 eflags = r->eflags & ~(EFLAGS_IF | EFLAGS_IOPL);

	if (!mask)
		eflags |= EFLAGS_IF;
	if (regs_ring(r) == 3) {
		sp = vcpu.kernel_sp;
		if (unlikely(!guest_range_ok(sp - 64, 64)))
			goto fault;
		PUSH(sp, r->ss & 0xffff, fault);
		PUSH(sp, r->esp, fault);
		r->ss = vcpu.kernel_ss;
		world_kernel();
	} else if (unlikely(!guest_range_ok(sp - 64, 64))) {
		goto fault;
	}
	PUSH(sp, eflags, fault);
	PUSH(sp, (r->cs & 0xffff) | (mask & 0xff) << 16, fault);
	PUSH(sp, r->eip, fault);
	*top = sp;
	return mask;
fault:
	guest_kill("its kernel stack is not writable at %08x (frame for eip %08x)", sp, r->eip);
}

static always_inline void enter(struct regs *r, u32 cs, u32 eip, u32 sp)
{
	r->cs = cs;
	r->eip = eip;
	r->esp = sp;
	r->eflags = (r->eflags & ~CLEARED) | EFLAGS_IF | EFLAGS_ONE;
}

static always_inline void bounce(struct regs *r, unsigned int vector, bool has_error)
{
	const struct trap_info *t = &vcpu.traps[vector];
	u32 sp;

	if (unlikely(!t->address))
		guest_kill(
			"exception %u at %04x:%08x (error %x, cr2 %08x), which it has no handler for",
			vector, r->cs & 0xffff, r->eip, r->error_code, (u32)vcpu_info->arch.cr2);
	push_frame(r, &sp);
	if (has_error)
		PUSH(sp, r->error_code, fault);
	if (TI_GET_IF(t))
		vcpu_info->evtchn_upcall_mask = 1;
	enter(r, t->cs, t->address, sp);
	return;
fault:
	guest_kill("its kernel stack is not writable at %08x (error code for eip %08x)", sp,
		   r->eip);
}

void bounce_trap(struct regs *r, unsigned int vector, bool has_error)
{
	bounce(r, vector, has_error);
}

void inject_trap(struct regs *r, unsigned int vector, u32 error_code)
{
	r->error_code = error_code;
	bounce(r, vector, true);
}

void bounce_event(struct regs *r)
{
	u32 sp;

	if (unlikely(!vcpu.event_eip))
		return; /* nobody to tell: it stays pending */
	trace(TRACE_EVENT, r->eip, r->cs, 0);
	push_frame(r, &sp);
	vcpu_info->evtchn_upcall_mask = 1;
	enter(r, vcpu.event_cs, vcpu.event_eip, sp);
}

/*
 * The guest asked to return to a context that cannot be loaded. It is told by
 * the failsafe callback; without one there is nobody left to tell.
 */
void iret_failed(struct regs *r)
{
	u32 sp, fs, gs;

	if (plugin_running) { /* interrupted between text's end and the fetch */
		plugin_trap(r);
		return;
	}
	/* Nor if it is the callback that cannot be entered: no second try. */
	if (!vcpu.failsafe_eip ||
	    (r->eip == vcpu.failsafe_eip && (r->cs & 0xffff) == vcpu.failsafe_cs))
		guest_kill("it returned to %04x:%08x, stack %04x:%08x, which cannot be loaded",
			   r->cs & 0xffff, r->eip, r->ss & 0xffff, r->esp);
	asm volatile("movl %%fs, %0; movl %%gs, %1" : "=r"(fs), "=r"(gs));
	/* The frame lies on the kernel's stack whatever ring CS named. */
	r->cs |= 3;
	push_frame(r, &sp);
	PUSH(sp, gs & 0xffff, fault);
	PUSH(sp, fs & 0xffff, fault);
	PUSH(sp, r->es & 0xffff, fault);
	PUSH(sp, r->ds & 0xffff, fault);
	if (vcpu.failsafe_masks_events)
		vcpu_info->evtchn_upcall_mask = 1;
	enter(r, vcpu.failsafe_cs, vcpu.failsafe_eip, sp);
	return;
fault:
	guest_kill("its kernel stack is not writable at %08x (failsafe frame)", sp);
}
