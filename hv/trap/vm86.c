// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual-8086 mode, which nobody may enter: on a CPU only ring 0 can. QEMU's
 * TCG lets every ring do so by an iret with EFLAGS.VM set, with an IOPL of its
 * choice; the boot self-test says so. The frame then has four selectors above
 * SS, and CS tells no ring: it must not be taken for anything it seems to be.
 * Memory stays closed all the same, for the mode is ring 3 to paging.
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
	/* A process: #GP, with a ring 3 that can be returned to. */
	r->cs = SEL_USER_CS;
	r->ss = r->ds = r->es = SEL_USER_DS;
	r->eflags = (r->eflags & ~EFLAGS_NOT_KEPT) | EFLAGS_IF;
	inject_trap(r, VEC_GP, 0);
}
