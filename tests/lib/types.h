/* SPDX-License-Identifier: MIT */
/* Names of the plain types, the page geometry and the few macros that every micro-guest needs. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1 << PAGE_SHIFT)

#ifndef __ASSEMBLY__

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGNED(n)    __attribute__((aligned(n)))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define NORETURN      __attribute__((noreturn))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PAGE_BUFFER   ALIGNED(PAGE_SIZE)
#define barrier()     asm volatile("" ::: "memory")
/* A volatile access: the compiler neither drops, repeats nor merges it. */
#define ACCESS_ONCE(x) (*(volatile __typeof__(x) *)&(x))

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
const char *strstr(const char *haystack, const char *needle);

/* 64 by 32 bit division, without libgcc. The remainder is stored if wanted. */
u64 divide(u64 dividend, u32 divisor, u32 *remainder);

#endif /* !__ASSEMBLY__ */
#endif /* LIB_TYPES_H */
