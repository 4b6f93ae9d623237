// SPDX-License-Identifier: GPL-2.0-only
/* Operations that ring 1 must request from the monitor: halt, control registers, upcalls. */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>
#include <asm/debugreg.h>
#include <asm/processor-flags.h>

#include <xen/interface/sched.h>

#include "ringfence.h"

/* The value that the guest wrote; CR0.TS stays clear, because the FPU is switched eagerly. */
unsigned long ringfence_cr0 = CR0_STATE;
unsigned long ringfence_cr3;
unsigned long ringfence_cr4 = X86_CR4_PAE;

/* Every hypercall delivers pending events when it returns. */
noinstr void ringfence_force_upcall(void)
{
	HYPERVISOR_xen_version(0, NULL);
}

/* Unmasks events and sleeps until an event is pending, as sti; hlt does. */
noinstr void ringfence_safe_halt(void)
{
	HYPERVISOR_sched_op(SCHEDOP_block, NULL);
}

/* hlt with interrupts off: nothing can wake this CPU, so the machine is powered off. */
void ringfence_halt(void)
{
	struct sched_shutdown off = { .reason = SHUTDOWN_poweroff };

	if (irqs_disabled())
		HYPERVISOR_sched_op(SCHEDOP_shutdown, &off);
	ringfence_safe_halt();
}

/* The monitor emulates this instruction for one bit of CR4, TSD. */
void ringfence_write_cr4(unsigned long cr4)
{
	unsigned long changed = cr4 ^ ringfence_cr4;

	ringfence_cr4 = cr4;
	if (changed & X86_CR4_TSD)
		asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}

noinstr unsigned long ringfence_get_debugreg(int reg)
{
	return HYPERVISOR_get_debugreg(reg);
}

noinstr void ringfence_set_debugreg(unsigned long value, int reg)
{
	HYPERVISOR_set_debugreg(reg, value);
}

void ringfence_load_sp0(unsigned long sp0)
{
	HYPERVISOR_stack_switch(__KERNEL_DS, sp0);
	this_cpu_write(cpu_tss_rw.x86_tss.sp0, sp0);
}
