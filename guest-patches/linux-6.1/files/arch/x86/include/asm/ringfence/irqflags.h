/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual interrupt flag: vcpu_info's pending and mask bytes.
 *
 * The real EFLAGS.IF is always set in ring 1 and belongs to the monitor, so
 * cli and sti become stores to shared memory. The shared info page is mapped
 * by the entry code, before any of this runs, at a fixed linear address (see
 * FIX_RINGFENCE_SHARED_INFO), so each store is one instruction.
 */
#ifndef _ASM_X86_RINGFENCE_IRQFLAGS_H
#define _ASM_X86_RINGFENCE_IRQFLAGS_H

/* The page below FIXADDR_TOP, which is the last one the guest may map. */
#define RINGFENCE_SHARED_INFO 0xf57fe000

#ifndef __ASSEMBLY__

/* The head of struct vcpu_info, which is the head of struct shared_info. */
#define __rf_upcall_pending (*(volatile unsigned char *)RINGFENCE_SHARED_INFO)
#define __rf_upcall_mask    (*(volatile unsigned char *)(RINGFENCE_SHARED_INFO + 1))

void ringfence_force_upcall(void);
void ringfence_safe_halt(void);
void ringfence_halt(void);

static __always_inline unsigned long arch_local_save_flags(void)
{
	return __rf_upcall_mask ? 0 : X86_EFLAGS_IF;
}

static __always_inline void arch_local_irq_disable(void)
{
	__rf_upcall_mask = 1;
	asm volatile("" : : : "memory");
}

/*
 * An event that arrives between the store and the test is delivered by the monitor. The test
 * may then request one more upcall, which finds no pending event.
 */
static __always_inline void arch_local_irq_enable(void)
{
	asm volatile("" : : : "memory");
	__rf_upcall_mask = 0;
	asm volatile("" : : : "memory");
	if (__builtin_expect(__rf_upcall_pending, 0))
		ringfence_force_upcall();
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

static __always_inline void arch_safe_halt(void)
{
	ringfence_safe_halt();
}

static __always_inline void halt(void)
{
	ringfence_halt();
}

#endif /* !__ASSEMBLY__ */
#endif /* _ASM_X86_RINGFENCE_IRQFLAGS_H */
