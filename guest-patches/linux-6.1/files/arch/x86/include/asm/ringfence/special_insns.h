/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control registers. CR0 and CR4 are the monitor's: the guest reads back the values that it
 * wrote. CR3 goes through a hypercall, CR2 comes from vcpu_info.
 */
#ifndef _ASM_X86_RINGFENCE_SPECIAL_INSNS_H
#define _ASM_X86_RINGFENCE_SPECIAL_INSNS_H

#include <asm/ringfence/irqflags.h>

/* vcpu_info.arch.cr2 on x86_32, checked in setup.c */
#define RINGFENCE_VCPU_CR2 8

extern unsigned long ringfence_cr0, ringfence_cr3, ringfence_cr4;

void ringfence_write_cr3(unsigned long cr3);

static inline unsigned long read_cr0(void)
{
	return ringfence_cr0;
}

static inline void write_cr0(unsigned long x)
{
	ringfence_cr0 = x;
}

static __always_inline unsigned long read_cr2(void)
{
	return *(volatile unsigned long *)(RINGFENCE_SHARED_INFO + RINGFENCE_VCPU_CR2);
}

static __always_inline void write_cr2(unsigned long x)
{
	*(volatile unsigned long *)(RINGFENCE_SHARED_INFO + RINGFENCE_VCPU_CR2) = x;
}

static inline unsigned long __read_cr3(void)
{
	return ringfence_cr3;
}

static inline void write_cr3(unsigned long x)
{
	ringfence_write_cr3(x);
}

static inline unsigned long __read_cr4(void)
{
	return ringfence_cr4;
}

static inline void __write_cr4(unsigned long x)
{
	ringfence_cr4 = x;
}

/* Needed only for devices that do not snoop caches; a guest of the monitor has none. */
static inline void wbinvd(void)
{
}

static inline void load_gs_index(unsigned int selector)
{
	loadsegment(gs, selector);
}

#endif /* _ASM_X86_RINGFENCE_SPECIAL_INSNS_H */
