// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traps out of virtual-8086 mode, which no ring may enter. On a CPU only ring 0 can set
 * EFLAGS.VM. QEMU's TCG lets every ring set it by an iret, with any IOPL; the boot
 * self-test logs that. The CPU has pushed four selectors above SS, and the CS names no
 * ring: so neither regs_ring() nor the selectors are used. To paging the mode is ring
 * 3, so it gives no access to memory.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/irq.h>
#include <hv/layout.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trap.h>

#define EFLAGS_NOT_KEPT (EFLAGS_VM | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_TF | EFLAGS_VIF | EFLAGS_VIP)

void virtual_8086(struct regs *r)
{
	if (r->vector >= VEC_IRQ0 && r->vector < VEC_IRQ0 + 16)
		irq_handle(r->vector - VEC_IRQ0);
	r->vector = VEC_GP;
	r->error_code = 0;
	if (plugin_running)
		plugin_trap(r);
	if (!in_user)
		guest_kill("it entered virtual-8086 mode");
	/* A process: inject #GP with selectors of ring 3, to which the guest can return. */
	r->cs = SEL_USER_CS;
	r->ss = r->ds = r->es = SEL_USER_DS;
	r->eflags = (r->eflags & ~EFLAGS_NOT_KEPT) | EFLAGS_IF;
	inject_trap(r, VEC_GP, 0);
}
