/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stale translations. The guest requests the flushes that it needs itself. The monitor
 * flushes for two invariants only. No translation of a frame survives when the monitor takes
 * the frame from the guest (frame_take()). No translation made while a frame had one type
 * survives into its next type. Otherwise the guest could write a page table through a
 * stale writable translation, or have the CPU walk a former page table that the guest
 * may write now.
 *
 * Code that removes a writable L1 entry, or any L2 or L3 entry, calls tlb_mark_stale();
 * code that changes a frame's type calls tlb_settle() before it reads the contents. One
 * flag serves all frames: with one CPU and no global pages one flush removes all stale
 * translations. At worst the monitor flushes once for each table that the guest makes,
 * as often as Xen's time stamps per frame would in practice.
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

/* Leaves tlb_stale as it is: other addresses may have been mapped by the same entry. */
static always_inline void tlb_flush_page(u32 va)
{
	invlpg(va);
}

/* Load CR3: flushes, and the CPU reads the four L3 entries. */
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
