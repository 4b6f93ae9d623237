/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * There are no MSRs in ring 1. Plain reads return 0 (or a harmless value) and plain writes are
 * ignored; the _safe forms fail, so drivers that probe for a register find none.
 */
#ifndef _ASM_X86_RINGFENCE_MSR_H
#define _ASM_X86_RINGFENCE_MSR_H

#include <linux/errno.h>

static __always_inline u64 ringfence_read_msr(unsigned int msr)
{
	/* Without this string instructions are taken for slow. */
	if (msr == MSR_IA32_MISC_ENABLE)
		return MSR_IA32_MISC_ENABLE_FAST_STRING;
	return 0;
}

#define rdmsr(msr, low, high)                        \
	do {                                         \
		u64 __val = ringfence_read_msr(msr); \
                                                     \
		(void)((low) = (u32)__val);          \
		(void)((high) = (u32)(__val >> 32)); \
	} while (0)

#define rdmsrl(msr, val) ((val) = ringfence_read_msr(msr))

static inline void wrmsr(unsigned int msr, u32 low, u32 high)
{
}

static inline void wrmsrl(unsigned int msr, u64 val)
{
}

static inline int wrmsr_safe(unsigned int msr, u32 low, u32 high)
{
	return -EIO;
}

#define rdmsr_safe(msr, low, high) \
	({                         \
		(void)(msr);       \
		*(low) = 0;        \
		*(high) = 0;       \
		-EIO;              \
	})

static inline int rdmsrl_safe(unsigned int msr, unsigned long long *p)
{
	*p = 0;
	return -EIO;
}

#define rdpmc(counter, low, high) \
	do {                      \
		(void)(counter);  \
		(low) = 0;        \
		(high) = 0;       \
	} while (0)

#define rdpmcl(counter, val) ((void)(counter), (val) = 0)

#endif /* _ASM_X86_RINGFENCE_MSR_H */
