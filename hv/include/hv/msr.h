/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers (cpu/msr.c). */
#ifndef HV_MSR_H
#define HV_MSR_H

#include <hv/types.h>

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/* Write an MSR. False: the CPU raised #GP. Only after idt_init(), for the fixup. */
bool msr_write(u32 msr, u64 v);

/*
 * Give MSRs that firmware or another kernel may have set the values of a reset. Called
 * once at boot, after idt_init() and before anything runs outside ring 0.
 */
void msr_reset(void);

#endif
