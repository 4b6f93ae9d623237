/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch of exceptions and interrupts: to the monitor, the running plugin or the
 * guest kernel.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/extable.h>
#include <hv/guest_access.h>
#include <hv/irq.h>
#include <hv/mm.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trace.h>
#include <hv/trap.h>

/* A trap in ring 0: an interrupt, a fault with a fixup, or a bug of the monitor. */
static void monitor_fault(struct regs *r)
{
	u32 fixup;

	if (r->vector >= VEC_IRQ0 && r->vector < VEC_IRQ0 + 16) {
		irq_handle(r->vector - VEC_IRQ0);
		return;
	}
	if (r->vector == VEC_NMI)
		return; /* ignored, as outside of ring 0 */
	/*
	 * CVE-2018-8897: after `mov ss` a data breakpoint of the guest's is delayed by one
	 * instruction; if that is an int, it fires on the monitor's first instruction.
	 * Ignored: the guest cannot get it any more.
	 */
	if (r->vector == VEC_DB) {
		asm volatile("mov %0, %%dr6" : : "r"(0));
		r->eflags &= ~EFLAGS_TF;
		return;
	}
	fixup = extable_find(r->eip);
	if (!fixup)
		panic_regs(r, "exception %u in the monitor", r->vector);
	r->eip = fixup;
}

static void page_fault(struct regs *r)
{
	u32 cr2 = read_cr2();

	if (mm_fixup_fault(r, cr2))
		return;
	vcpu_info->arch.cr2 = cr2;
	bounce_trap(r, VEC_PF, true);
}

static void debug_trap(struct regs *r)
{
	u32 dr6;

	asm volatile("mov %%dr6, %0" : "=r"(dr6));
	asm volatile("mov %0, %%dr6" : : "r"(0xffff0ff0));
	vcpu.debugreg[6] = dr6;
	bounce_trap(r, VEC_DB, false);
}

static void device_not_available(struct regs *r)
{
	if (!vcpu.ts) {
		/* CR0.TS was set for a plugin (plugin/fpu.c), not by the guest. */
		clts();
		return;
	}
	clts();
	vcpu.ts = false;
	bounce_trap(r, VEC_NM, false);
}

/* The monitor's gate of vector 80h has DPL 3; the DPL in the guest's trap table decides. */
static void system_call(struct regs *r)
{
	if (unlikely(TI_GET_DPL(&vcpu.traps[VEC_SYSCALL]) < regs_ring(r))) {
		r->eip -= 2;
		inject_trap(r, VEC_GP, VEC_SYSCALL << 3 | 2);
		return;
	}
	bounce_trap(r, VEC_SYSCALL, false);
}

void trap_dispatch(struct regs *r)
{
	trace(TRACE_TRAP, r->vector, r->eip, r->error_code);
	if (unlikely(r->eflags & EFLAGS_VM)) {
		virtual_8086(r);
		goto out;
	}
	if (regs_ring(r) == 0) {
		monitor_fault(r);
		return;
	}
	if (r->vector >= VEC_IRQ0 && r->vector < VEC_IRQ0 + 16) {
		irq_handle(r->vector - VEC_IRQ0);
		if (plugin_running)
			plugin_interrupted(r);
		goto out;
	}
	if (plugin_running) {
		plugin_trap(r);
		goto out;
	}
	switch (r->vector) {
	case VEC_PF:
		page_fault(r);
		break;
	case VEC_SYSCALL:
		system_call(r);
		break;
	case VEC_PLUGIN: /* no plugin runs: #GP, as with a gate of DPL 0 */
		r->eip -= 2;
		r->error_code = VEC_PLUGIN << 3 | 2;
		r->vector = VEC_GP;
		general_protection(r);
		break;
	case VEC_GP:
		general_protection(r);
		break;
	case VEC_UD:
		if (!emulate_forced_cpuid(r))
			bounce_trap(r, VEC_UD, false);
		break;
	case VEC_NM:
		device_not_available(r);
		break;
	case VEC_DB:
		debug_trap(r);
		break;
	case VEC_TS:
	case VEC_NP:
	case VEC_SS:
	case VEC_AC:
		bounce_trap(r, r->vector, true);
		break;
	case VEC_NMI:
		log_warn("NMI, ignored");
		break;
	case VEC_MC:
		panic_regs(r, "machine check");
	case VEC_BP: /* int3 and into: whatever DPL the guest gave them, as Xen */
	case VEC_OF:
	case VEC_DE:
	case VEC_BR:
	case VEC_MF:
	case VEC_XM:
	case VEC_CSO:
		bounce_trap(r, r->vector, false);
		break;
	default:
		/* An int instruction cannot get here: its gate has DPL 0. */
		log_warn("unexpected vector %u", r->vector);
	}
out:
	if (!vcpu_info->evtchn_upcall_mask && vcpu_info->evtchn_upcall_pending && !plugin_running)
		bounce_event(r);
}
