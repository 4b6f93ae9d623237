/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stale translations. The guest asks for the flushes it needs itself; the
 * monitor owes one thing only, to its own invariants: no translation made while
 * a frame was of one type survives into its next type. Otherwise the guest
 * could write a page table through a forgotten writable entry, or have the CPU
 * walk what used to be a page table and is now its to write.
 *
 * So whoever takes a writable L1 entry, or any L2 or L3 entry, out of a table
 * says tlb_mark_stale(), and whoever gives a frame another type says
 * tlb_settle() before it looks at the contents. One flag for all frames: one
 * CPU, no global pages, so one flush settles everything; at worst it flushes
 * once for each table the guest makes, as exact time stamps would in practice.
 */
#ifndef HV_TLB_H
#define HV_TLB_H

#include <hv/mm.h>

extern bool tlb_stale;

static always_inline void tlb_mark_stale(void)
{
	tlb_stale = true;
}

#ifdef MM_HOST_TEST
void tlb_flush(void);
void tlb_flush_page(u32 va);
void tlb_load_base(mfn_t l3);
void caches_flush(void);
#else
static always_inline void tlb_flush(void)
{
	flush_tlb();
	tlb_stale = false;
}

/* One address only, which settles nothing: others may lead to the same entry. */
static always_inline void tlb_flush_page(u32 va)
{
	invlpg(va);
}

/* Also has the CPU read its four L3 entries. */
static always_inline void tlb_load_base(mfn_t l3)
{
	asm volatile("mov %0, %%cr3" : : "r"(l3 << PAGE_SHIFT) : "memory");
	tlb_stale = false;
}

static always_inline void caches_flush(void)
{
	asm volatile("wbinvd" : : : "memory");
}
#endif

static always_inline void tlb_settle(void)
{
	if (tlb_stale)
		tlb_flush();
}

#endif
