/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering the guest kernel for an exception, an event or the failsafe callback, with an
 * exception frame pushed on the guest kernel's stack.
 *
 * The exception frame is as the CPU would push it for ring 0, with two differences of Xen's ABI
 * (xen/arch-x86/xen-x86_32.h): the upper half of the CS word holds the previous value
 * of evtchn_upcall_mask, and EFLAGS.IF is the inverse of that value.
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

/* Push a word on the guest's stack; go to `fault` if that faults. Callers check the range. */
#define PUSH(sp, value, fault)                                \
	asm goto("1: movl %0, (%1)\n" EXTABLE_GOTO(1b, fault) \
		 :                                            \
		 : "r"((u32)(value)), "r"(sp -= 4)            \
		 : "memory"                                   \
		 : fault)

/* EFLAGS bits that are clear when a handler of the guest kernel starts. */
#define CLEARED \
	(EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM | EFLAGS_IOPL | EFLAGS_AC | EFLAGS_DF)

/*
 * Push SS and ESP (from ring 3 only), EFLAGS, CS with mask, and EIP. *top is the guest's
 * stack pointer afterwards. Returns the previous event mask.
 */
static always_inline u32 push_iret_frame(struct regs *r, u32 *top)
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
			"exception %u at %04x:%08x (error %x, cr2 %08x), and no handler in its trap table",
			vector, r->cs & 0xffff, r->eip, r->error_code, (u32)vcpu_info->arch.cr2);
	push_iret_frame(r, &sp);
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
		return; /* no callback registered: the event stays pending */
	trace(TRACE_EVENT, r->eip, r->cs, 0);
	push_iret_frame(r, &sp);
	vcpu_info->evtchn_upcall_mask = 1;
	enter(r, vcpu.event_cs, vcpu.event_eip, sp);
}

/*
 * entry.S calls this when the iret to the guest faulted: the guest asked to return to
 * selectors that cannot be loaded. The guest's failsafe callback is entered; without
 * one the guest is killed.
 */
void iret_failed(struct regs *r)
{
	u32 sp, fs, gs;

	if (plugin_running) { /* EIP is the code limit + 1: interrupted before that fetch */
		plugin_trap(r);
		return;
	}
	/* If the callback itself is what cannot be entered, it is not tried again. */
	if (!vcpu.failsafe_eip ||
	    (r->eip == vcpu.failsafe_eip && (r->cs & 0xffff) == vcpu.failsafe_cs))
		guest_kill("it returned to %04x:%08x, stack %04x:%08x, which cannot be loaded",
			   r->cs & 0xffff, r->eip, r->ss & 0xffff, r->esp);
	asm volatile("movl %%fs, %0; movl %%gs, %1" : "=r"(fs), "=r"(gs));
	/* push_iret_frame() then uses the guest kernel's stack, whatever ring CS named. */
	r->cs |= 3;
	push_iret_frame(r, &sp);
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
