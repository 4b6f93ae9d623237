/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as the monitor filters it, and the stack for entries from ring 3. */
#ifndef _ASM_X86_RINGFENCE_PROCESSOR_H
#define _ASM_X86_RINGFENCE_PROCESSOR_H

/*
 * CPUID does not trap in ring 1. The prefix makes the instruction fault; the monitor then
 * executes CPUID and clears the features that the guest must not use.
 */
#define RINGFENCE_CPUID "ud2a ; .ascii \"xen\" ; cpuid"

static inline void ringfence_cpuid(unsigned int *eax, unsigned int *ebx, unsigned int *ecx,
				   unsigned int *edx)
{
	asm volatile(RINGFENCE_CPUID
		     : "=a"(*eax), "=b"(*ebx), "=c"(*ecx), "=d"(*edx)
		     : "0"(*eax), "2"(*ecx)
		     : "memory");
}

#define __cpuid ringfence_cpuid

void ringfence_load_sp0(unsigned long sp0);

static inline void load_sp0(unsigned long sp0)
{
	ringfence_load_sp0(sp0);
}

#endif /* _ASM_X86_RINGFENCE_PROCESSOR_H */
