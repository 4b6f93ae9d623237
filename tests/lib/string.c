// SPDX-License-Identifier: MIT
/* The memory and string functions that gcc may call or guests use. */
#include <lib/types.h>

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, ~0u);
}

const char *strstr(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (; *haystack; haystack++)
		if (!strncmp(haystack, needle, n))
			return haystack;
	return n ? NULL : haystack;
}

u64 divide(u64 dividend, u32 divisor, u32 *remainder)
{
	u32 high = dividend >> 32, low = dividend, rest = high % divisor;

	high /= divisor;
	asm("divl %[by]" : "+a"(low), "+d"(rest) : [by] "r"(divisor) : "cc");
	if (remainder)
		*remainder = rest;
	return (u64)high << 32 | low;
}
