/* SPDX-License-Identifier: MIT */
/* Segment descriptors, and a GDT page that is handed to the monitor. */
#ifndef LIB_SEGMENT_H
#define LIB_SEGMENT_H

#include <lib/types.h>

#define DESC_DATA	 0x00409300u /* high word: 32-bit, present, S, data rw accessed */
#define DESC_CODE	 0x00409b00u /* the same, code readable accessed */
#define DESC_EXPAND_DOWN 0x00000400u
#define DESC_PRESENT	 0x00008000u
#define DESC_S		 0x00001000u
#define DESC_DPL(n)	 ((u32)(n) << 13)

#define SELECTOR(slot, rpl) ((slot) << 3 | (rpl))

/* limit: the last byte; more than 1 MiB is rounded up to 4 KiB. */
static inline u64 descriptor(u32 base, u32 limit, u32 type)
{
	if (limit >= 1 << 20) {
		limit >>= 12;
		type |= 1 << 23;
	}
	return (u64)((base & 0xff000000) | (base >> 16 & 0xff) | type | (limit & 0xf0000)) << 32 |
	       (base << 16 | (limit & 0xffff));
}

/* Loads a page of 512 descriptors as slots 0..511 of the GDT. The page becomes read-only. */
u64 *gdt_load(void);
/* Through update_descriptor: 0 or -errno. */
long gdt_set(u64 *gdt, u32 slot, u64 value);

/* The limit that the CPU sees; false: the selector cannot be loaded. */
static inline bool segment_limit(u32 selector, u32 *limit)
{
	bool valid;

	*limit = 0;
	asm volatile("lsl %2, %0" : "=r"(*limit), "=@ccz"(valid) : "r"(selector));
	return valid;
}

#endif /* LIB_SEGMENT_H */
