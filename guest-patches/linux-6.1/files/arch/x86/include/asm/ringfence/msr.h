/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * There are no MSRs in ring 1. Plain reads give 0 and plain writes are lost;
 * the _safe forms fail, so that drivers which probe see an absent register.
 */
#ifndef _ASM_X86_RINGFENCE_MSR_H
#define _ASM_X86_RINGFENCE_MSR_H

#include <linux/errno.h>

#define rdmsr(msr, low, high)						\
do {									\
	(void)(msr);							\
	(void)((low) = 0);						\
	(void)((high) = 0);						\
} while (0)

#define rdmsrl(msr, val)	((void)(msr), (val) = 0)

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

#define rdmsr_safe(msr, low, high)					\
({									\
	(void)(msr);							\
	*(low) = 0;							\
	*(high) = 0;							\
	-EIO;								\
})

static inline int rdmsrl_safe(unsigned int msr, unsigned long long *p)
{
	*p = 0;
	return -EIO;
}

#define rdpmc(counter, low, high)					\
do {									\
	(void)(counter);						\
	(low) = 0;							\
	(high) = 0;							\
} while (0)

#define rdpmcl(counter, val)	((void)(counter), (val) = 0)

#endif /* _ASM_X86_RINGFENCE_MSR_H */
