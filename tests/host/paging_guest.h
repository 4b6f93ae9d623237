/* SPDX-License-Identifier: MIT */
/*
 * A guest that makes random paging hypercalls, most of them nearly valid, on the fake
 * machine. The including file defines rnd(n), a number below n.
 */
#ifndef PAGING_GUEST_H
#define PAGING_GUEST_H

#include <stdio.h>
#include <string.h>

#include "fake_machine.h"

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/hypercall.h>
#include <hv/page_type.h>
#include <xen/memory.h>

static u32 rnd(u32 n);

static bool chance(u32 percent)
{
	return rnd(100) < percent;
}

static mfn_t any_frame(void)
{
	if (chance(4))
		return chance(50) ? rnd(FIRST_GUEST) : NR_FRAMES + rnd(3) * 0x100000;
	return FIRST_GUEST + rnd(NR_FRAMES - FIRST_GUEST);
}

/* A frame of this type and sometimes one without a type; any frame if there is none. */
static mfn_t frame_for(u32 use)
{
	u32 from = rnd(NR_FRAMES - FIRST_GUEST), i;
	bool fresh = chance(30);

	for (i = 0; i < NR_FRAMES - FIRST_GUEST; i++) {
		mfn_t mfn = FIRST_GUEST + (from + i) % (NR_FRAMES - FIRST_GUEST);
		u32 type = frame_table[mfn].type;

		if ((type & TYPE_COUNT) ? (type & TYPE_USE) == use : fresh)
			return mfn;
	}
	return any_frame();
}

static u32 some_slot(void)
{
	static const u16 slots[] = { 0, 1, 2, 3, 3, 4, 427, 428, 511 };

	return slots[rnd(ARRAY_SIZE(slots))];
}

static u64 odd_bits(void)
{
	static const u64 odd[] = { PTE_PS,     PTE_PCD,	   PTE_PWT,    PTE_G,	   PTE_G,
				   1ull << 52, 1ull << 40, 1ull << 32, 1ull << 62, PTE_AVL };

	return chance(5) ? odd[rnd(ARRAY_SIZE(odd))] : 0;
}

/* A random entry, mostly suitable for this slot of a table of this type. */
static u64 some_entry(u32 type, u32 slot)
{
	u64 e;

	if (chance(25))
		return chance(20) ? (u64)rnd(~0u) << 1 : 0;
	switch (chance(95) ? type & TYPE_MASK : rnd(8) << 29) {
	case TYPE_L3:
		e = mfn_pte(frame_for(slot == L3_TOP ? TYPE_L2 | TYPE_TOP_L2 : TYPE_L2), PTE_P);
		break;
	case TYPE_L2:
		e = mfn_pte(frame_for(TYPE_L1), PTE_P | PTE_US | PTE_RW | PTE_A);
		break;
	default:
		e = mfn_pte(any_frame(), PTE_P);
		if (chance(40))
			e |= PTE_RW;
		e |= rnd(2) ? PTE_US : 0;
		e |= rnd(2) ? PTE_A : 0;
		e |= rnd(2) ? PTE_NX : 0;
	}
	return e | odd_bits();
}

/* The table type of the frame; if the frame is none, a random one to prepare the frame for. */
static u32 intended(mfn_t mfn)
{
	u32 type = mfn < NR_FRAMES ? frame_table[mfn].type : 0;

	return type & TYPE_COUNT && (type & TYPE_MASK) != TYPE_WRITABLE ?
		       type :
		       (TYPE_L1 + rnd(3) * (TYPE_L2 - TYPE_L1));
}

/* ---- the calls ---- */

static struct regs regs;
static struct mmu_update requests[8];
static struct mmuext_op op;
static u32 done;

static long mmu_update(void)
{
	mfn_t mfn = any_frame();
	u32 slot = some_slot();

	requests[0].ptr = ((u64)mfn << 12 | slot * 8) + (chance(85) ? 0 : rnd(8));
	requests[0].val = some_entry(intended(mfn), slot);
	snprintf(doing, sizeof(doing), "mmu_update %llx = %llx", requests[0].ptr, requests[0].val);
	regs.ebx = (u32)requests;
	regs.ecx = 1;
	regs.edx = chance(50) ? (u32)&done : 0;
	regs.esi = chance(95) ? DOMID_SELF : chance(80) ? DOMID_IO : rnd(0x10000) << rnd(16);
	return do_mmu_update(&regs);
}

/* Prepares an L3: writes an L2 into slot 3 of a frame that is not a table. */
static long make_l3(void)
{
	mfn_t mfn = frame_for(TYPE_WRITABLE), l2 = frame_for(TYPE_L2 | TYPE_TOP_L2);

	requests[0].ptr = (u64)mfn << 12 | L3_TOP * 8;
	requests[0].val = mfn_pte(l2, PTE_P);
	snprintf(doing, sizeof(doing), "L3 %x with L2 %x", mfn, l2);
	regs.ebx = (u32)requests;
	regs.ecx = 1;
	regs.edx = 0;
	regs.esi = DOMID_SELF;
	return do_mmu_update(&regs);
}

static long update_va(void)
{
	u32 va = rnd(4) << 30 | some_slot() << 21 | some_slot() << 12;
	u64 e = some_entry(TYPE_L1, 0);

	snprintf(doing, sizeof(doing), "update_va_mapping %08x = %llx", va, e);
	regs.ebx = va;
	regs.ecx = (u32)e;
	regs.edx = (u32)(e >> 32);
	regs.esi = chance(90) ? rnd(3) : rnd(8);
	regs.edi = chance(50) ? DOMID_SELF : chance(80) ? DOMID_IO : rnd(0x10000);
	return chance(80) ? do_update_va_mapping(&regs) : do_update_va_mapping_otherdomain(&regs);
}

static long mmuext(u32 cmd, mfn_t mfn, mfn_t other)
{
	op.cmd = cmd;
	op.arg1.mfn = mfn;
	op.arg2.src_mfn = other;
	snprintf(doing, sizeof(doing), "mmuext_op %u %x %x", cmd, mfn, other);
	regs.ebx = (u32)&op;
	regs.ecx = 1;
	regs.edx = 0;
	regs.esi = DOMID_SELF;
	return do_mmuext_op(&regs);
}

static long pin(void)
{
	u32 level = rnd(3);

	return mmuext(MMUEXT_PIN_L1_TABLE + level,
		      chance(70) ? frame_for(TYPE_L1 + level * (TYPE_L2 - TYPE_L1)) : any_frame(),
		      0);
}

static long unpin(void)
{
	mfn_t mfn = any_frame();
	u32 i;

	for (i = 0; i < NR_FRAMES && mfn < NR_FRAMES && !(frame_table[mfn].type & TYPE_PINNED); i++)
		mfn = (mfn + 1) % NR_FRAMES;
	return mmuext(MMUEXT_UNPIN_TABLE, mfn, 0);
}

static long new_base(void)
{
	return mmuext(MMUEXT_NEW_BASEPTR, frame_for(TYPE_L3), 0);
}

static long clear_or_copy(void)
{
	return mmuext(chance(70) ? MMUEXT_CLEAR_PAGE : MMUEXT_COPY_PAGE, any_frame(), any_frame());
}

static long other_op(void)
{
	return mmuext(chance(40) ? MMUEXT_TLB_FLUSH_LOCAL : rnd(24), any_frame(), rnd(2));
}

/* The guest writes an entry directly into a frame that the CPU lets it write. */
static long guest_write(void)
{
	mfn_t mfn = FIRST_GUEST + rnd(NR_FRAMES - FIRST_GUEST);
	u32 slot = some_slot();

	if (!cpu_can_write(mfn))
		return -1;
	snprintf(doing, sizeof(doing), "guest writes slot %u of %x", slot, mfn);
	((u64 *)ram[mfn])[slot] = some_entry(intended(mfn), slot);
	return 0;
}

/* Takes a reference, as the monitor's descriptor tables and plugins do. */
static long hold(void)
{
	mfn_t mfn = any_frame();
	u32 use = chance(50) ? TYPE_DESC : TYPE_WRITABLE;
	int rc;

	snprintf(doing, sizeof(doing), "hold %x as %x", mfn, use);
	if (chance(30)) {
		rc = frame_get(mfn);
		if (!rc)
			held[mfn]++;
	} else {
		rc = frame_get_type(mfn, use);
		if (!rc)
			held_typed[mfn]++;
	}
	return rc;
}

static long let_go(void)
{
	mfn_t mfn = FIRST_GUEST + rnd(NR_FRAMES - FIRST_GUEST);

	snprintf(doing, sizeof(doing), "let go %x", mfn);
	if (held[mfn]) {
		held[mfn]--;
		frame_put(mfn);
	} else if (held_typed[mfn]) {
		held_typed[mfn]--;
		frame_put_type(mfn);
	} else {
		return -1;
	}
	return 0;
}

static long reserve(void)
{
	static struct xen_memory_reservation res;
	static u32 list[1];
	u32 cmd = chance(50) ? XENMEM_decrease_reservation :
		  chance(50) ? XENMEM_increase_reservation :
			       XENMEM_populate_physmap;
	u32 from, i;
	long rc;

	list[0] = any_frame();
	/* Prefer a frame that the CPU can still write through a cached translation. */
	from = rnd(NR_FRAMES - FIRST_GUEST);
	for (i = 0; i < NR_FRAMES - FIRST_GUEST && cmd == XENMEM_decrease_reservation; i++) {
		mfn_t mfn = FIRST_GUEST + (from + i) % (NR_FRAMES - FIRST_GUEST);

		if (cpu_can_write(mfn) && !(frame_table[mfn].count & FRAME_COUNT))
			list[0] = mfn;
	}
	snprintf(doing, sizeof(doing), "memory_op %u %x", cmd, list[0]);
	domain.identity = chance(30);
	res.extent_start.p = (void *)list;
	res.nr_extents = 1;
	res.domid = DOMID_SELF;
	regs.ebx = cmd;
	regs.ecx = (u32)&res;
	rc = do_memory_op(&regs);
	return rc == 1 ? 0 : -1;
}

static struct {
	const char *name;
	long (*call)(void);
	u32 weight;
	unsigned long taken, refused;
} calls[] = {
	{ "mmu_update", mmu_update, 30, 0, 0 },
	{ "make L3", make_l3, 4, 0, 0 },
	{ "update_va", update_va, 12, 0, 0 },
	{ "pin", pin, 10, 0, 0 },
	{ "unpin", unpin, 5, 0, 0 },
	{ "new base", new_base, 4, 0, 0 },
	{ "clear, copy", clear_or_copy, 4, 0, 0 },
	{ "other op", other_op, 3, 0, 0 },
	{ "guest write", guest_write, 15, 0, 0 },
	{ "hold", hold, 3, 0, 0 },
	{ "let go", let_go, 4, 0, 0 },
	{ "reserve", reserve, 6, 0, 0 },
};

/* ---- a first address space, as the domain builder makes it ---- */

static void build(void)
{
	mfn_t l3 = FIRST_GUEST, l2 = FIRST_GUEST + 1, top = FIRST_GUEST + 2, l1 = FIRST_GUEST + 3;
	u32 i;

	((u64 *)ram[l3])[0] = mfn_pte(l2, PTE_P);
	((u64 *)ram[l3])[L3_TOP] = mfn_pte(top, PTE_P);
	((u64 *)ram[l2])[0] = mfn_pte(l1, PTE_P | PTE_RW | PTE_US);
	((u64 *)ram[top])[0] = mfn_pte(l1, PTE_P | PTE_RW | PTE_US);
	for (i = FIRST_GUEST; i < NR_FRAMES; i++)
		((u64 *)ram[l1])[i] = mfn_pte(i, i > l1 + 12 ? PTE_P | PTE_RW : PTE_P);
	snprintf(doing, sizeof(doing), "the first address space");
	mm_adopt(l3);
	if (mm_new_base(l3))
		fail("refused");
	machine_check();
}

static void step(void)
{
	static struct snapshot before;
	u32 total = 0, pick, i;
	long rc;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		total += calls[i].weight;
	pick = rnd(total);
	for (i = 0; pick >= calls[i].weight; i++)
		pick -= calls[i].weight;
	snapshot_take(&before);
	doing[0] = 0;
	rc = calls[i].call();
	if (rc)
		snapshot_compare(&before);
	machine_check();
	if (rc)
		calls[i].refused++;
	else
		calls[i].taken++;
}

#endif
