/* SPDX-License-Identifier: MIT */
/*
 * Direct paging, seen from the guest: frames, the builder's page tables and
 * how to change them. "Page" is an address in the boot mapping (VIRT_BASE +
 * pfn), "frame" is a machine frame number.
 */
#ifndef LIB_PAGING_H
#define LIB_PAGING_H

#include <lib/types.h>
#include <lib/xen.h>

#define VIRT_BASE 0xc0000000u

#define PTE_P	  (1ull << 0)
#define PTE_RW	  (1ull << 1)
#define PTE_US	  (1ull << 2)
#define PTE_WT	  (1ull << 3)
#define PTE_CD	  (1ull << 4)
#define PTE_A	  (1ull << 5)
#define PTE_D	  (1ull << 6)
#define PTE_PS	  (1ull << 7)
#define PTE_G	  (1ull << 8)
#define PTE_NX	  (1ull << 63)
#define PTE_FRAME 0x000ffffffffff000ull
/* Rights of an ordinary page; A and D are set, so that a compare is exact. */
#define PTE_WRITABLE (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_READONLY (PTE_P | PTE_A | PTE_D)

#define L1_ENTRIES 512
/* A frame number that no machine of this kind has: bits 32 to 43 of an address. */
#define FRAME_NONE 0xfffffff0u

extern struct start_info *start_info;

/* Frames of pseudo-physical pages. */
u32 frame_of_pfn(u32 pfn);
u32 frame_of(const volatile void *page);
u64 machine_of(const volatile void *address); /* machine address */
void *page_of_frame(u32 frame);		      /* boot mapping; NULL: not ours */
/* The machine-to-physical table; sets *frames to its number of entries unless NULL. */
const u32 *m2p(u32 *frames);
/* A frame of the guest's RAM that nothing maps yet. */
u32 frame_spare(void);
/* Gives so many frames that nothing maps to the monitor. Must succeed. */
void frames_release(u32 nr);

static inline u64 pte(u32 frame, u64 flags)
{
	return (u64)frame << PAGE_SHIFT | flags;
}

/* Entries of the running page tables, to be read only; NULL: no table there. */
volatile u64 *l3_entry(const volatile void *address);
volatile u64 *l2_entry(const volatile void *address);
volatile u64 *l1_entry(const volatile void *address);
u64 pte_of(const volatile void *address); /* 0 where no table is */

/* Gives a page of the boot mapping other rights; flushes it. 0 or -errno. */
long page_rights(const volatile void *page, u64 flags);
/* Points a virtual page at a frame; flushes it. 0 or -errno. */
long page_map(const volatile void *va, u32 frame, u64 flags);
/* Zeroed, page-aligned memory, mapped writable. Cannot be freed. */
void *page_alloc(void);
void *pages_alloc(u32 n);

#endif /* LIB_PAGING_H */
