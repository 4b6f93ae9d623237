/* SPDX-License-Identifier: MIT */
/*
 * Functions that issue paging hypercalls on the fake machine, and a small address space for
 * these. Included by tests of one file each.
 */
#ifndef PAGING_CALLS_H
#define PAGING_CALLS_H

#include <stdio.h>
#include <string.h>

#include "fake_machine.h"

#include <hv/batch.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/frame.h>
#include <hv/tlb.h>
#include <xen/memory.h>

/* Frames of the address space that build() makes. SPARE and later ones are not used there. */
enum { L3 = FIRST_GUEST, L2, TOP, L1, DATA, DATA2, SPARE, SPARE2, SPARE3 };

static unsigned int checks;

#define CHECK(have, want)                                                                 \
	do {                                                                              \
		long long have_ = (have), want_ = (want);                                 \
		snprintf(doing, sizeof(doing), "%s:%d: %s", __FILE__, __LINE__, #have);   \
		checks++;                                                                 \
		if (have_ != want_)                                                       \
			fail("%lld (%llx), not %lld (%llx)", have_, have_, want_, want_); \
		machine_check();                                                          \
	} while (0)

#define ENTRY(frame, slot) (((u64 *)ram[frame])[slot])
#define AT(frame, slot)	   ((u64)(frame) << 12 | (slot)*8)
#define RW		   (PTE_P | PTE_RW)

static struct mmu_update requests[700] __used;
static struct regs call_regs[2]; /* [0]: the registers of the hypercall */
static u32 done __used;

static __used long call(long (*fn)(struct regs *), u32 a, u32 b, u32 c, u32 d, u32 e)
{
	struct regs *r = &call_regs[0];

	r->ebx = a;
	r->ecx = b;
	r->edx = c;
	r->esi = d;
	r->edi = e;
	return fn(r);
}

static __used long set_for(u64 ptr, u64 val, u32 domid)
{
	requests[0].ptr = ptr;
	requests[0].val = val;
	return call(do_mmu_update, (u32)requests, 1, 0, domid, 0);
}

static __used long set(u64 ptr, u64 val)
{
	return set_for(ptr, val, DOMID_SELF);
}

static __used long va_set(u32 va, u64 val, u32 flags)
{
	return call(do_update_va_mapping, va, (u32)val, (u32)(val >> 32), flags, 0);
}

static __used long ext(u32 cmd, u32 arg1, u32 arg2)
{
	static struct mmuext_op op;

	op.cmd = cmd;
	op.arg1.mfn = arg1;
	op.arg2.src_mfn = arg2;
	return call(do_mmuext_op, (u32)&op, 1, 0, DOMID_SELF, 0);
}

static __used void build(void)
{
	ENTRY(L3, 0) = mfn_pte(L2, PTE_P);
	ENTRY(L3, 3) = mfn_pte(TOP, PTE_P);
	ENTRY(L2, 0) = mfn_pte(L1, RW | PTE_US);
	mm_adopt(L3);
	CHECK(mm_new_base(L3), 0);
}

#endif
