/* SPDX-License-Identifier: GPL-2.0-only */
/* Model-specific registers (cpu/msr.c). */
#ifndef HV_MSR_H
#define HV_MSR_H

#include <hv/types.h>

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

/* False: the CPU refused with #GP. Needs the monitor's interrupt table. */
bool msr_write(u32 msr, u64 v);

/*
 * Once at boot, after idt_init() and before anything runs outside ring 0: what
 * firmware or another kernel left in MSRs is taken back.
 */
void msr_reset(void);

#endif
