/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Basic types of the monitor, and the language extensions it uses.
 */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#ifndef __ASSEMBLY__

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int32_t s32;
typedef int64_t s64;

/* Machine frame number: physical address >> 12. The monitor uses RAM below 4 GiB only. */
typedef u32 mfn_t;
#define MFN_INVALID ((mfn_t)~0u)

/* Physical addresses are 64 bits in PAE entries. */
typedef u64 paddr_t;

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define barrier()      asm volatile("" ::: "memory")
#define noreturn       __attribute__((noreturn))
#define always_inline  inline __attribute__((always_inline))
#define noinline       __attribute__((noinline))
#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __section(s)   __attribute__((section(s)))
#define __used	       __attribute__((used))
#define __printf(f, a) __attribute__((format(printf, f, a)))
/* Code and data that only boot needs: in sections of their own, but not freed. */
#define __init	   __section(".init.text") noinline
#define __initdata __section(".init.data")

/* Whole zeroed pages of the image. */
#define __page_bss __aligned(4096) __section(".bss.page_aligned")

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define ROUND_UP(x, n)	   (((x) + ((n)-1)) & ~((__typeof__(x))(n)-1))
#define ROUND_DOWN(x, n)   ((x) & ~((__typeof__(x))(n)-1))
#define DIV_ROUND_UP(x, n) (((x) + (n)-1) / (n))
#define MIN(a, b)	   ((a) < (b) ? (a) : (b))
#define MAX(a, b)	   ((a) > (b) ? (a) : (b))

#define PAGE_SHIFT  12
#define PAGE_SIZE   4096u
#define PAGE_MASK   (~(PAGE_SIZE - 1))
#define PFN_UP(x)   ((u32)(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT))
#define PFN_DOWN(x) ((u32)((x) >> PAGE_SHIFT))

#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#endif /* !__ASSEMBLY__ */
#endif
