// SPDX-License-Identifier: MIT
/*
 * Owns the check of every page table, as the guest can read them: none names a frame of the
 * monitor, and none maps a page table writable.
 */
#include "game.h"

static u8 *peek;

enum kind { PAGE, TABLE, OTHER };

/* The type that the monitor has for a frame, deduced from what the monitor refuses. */
static enum kind kind_of(u32 frame)
{
	long r;

	if (page_map(peek, frame, PTE_READONLY))
		return OTHER; /* given back */
	if (!page_map(peek, frame, PTE_WRITABLE))
		return PAGE;
	r = mmuext(MMUEXT_PIN_L1_TABLE, frame, 0);
	if (!r)
		mmuext(MMUEXT_UNPIN_TABLE, frame, 0);
	return r == -XEN_EBUSY ? OTHER : TABLE; /* busy: descriptors */
}

static enum kind kinds[NR_PLAY + NR_SPARE];

static bool is_table(u32 frame)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(frames); i++)
		if (frames[i] == frame)
			return kinds[i] == TABLE;
	for (i = 0; i < NR_MIRROR; i++)
		if (frame == frame_of((void *)mirror_l1[i]))
			return true;
	return frame - frame_of((void *)start_info->pt_base) < start_info->nr_pt_frames;
}

/* Checks the entries of a table. A top L2 has the monitor's entries from slot 428 on. */
static void look_at(const volatile u64 *table, u32 frame)
{
	bool has_ours = table[428] && table[428] == top_l2[428] && table[511] == top_l2[511];
	u32 i, named, nr = has_ours ? 428 : 512;

	/* An L3, which has four, can be the base. */
	if (!mmuext(MMUEXT_NEW_BASEPTR, frame, 0)) {
		check_errno(mmuext(MMUEXT_NEW_BASEPTR, real_tables[0], 0), 0, "the first base");
		nr = 4;
	}

	for (i = 0; i < nr; i++) {
		u64 e = table[i];

		if (!(e & PTE_P))
			continue;
		named = (u32)((e & PTE_FRAME) >> PAGE_SHIFT);
		check(!monitor_owns(named), "table %x slot %u is %llx: a frame of the monitor",
		      frame, i, e);
		check(!(e & PTE_PS), "table %x slot %u is %llx: page size or PAT", frame, i, e);
		check(!(e & 0x7ff0000000000000ull), "table %x slot %u is %llx: reserved bits",
		      frame, i, e);
	}
}

/* Checks the entries of a table that is known to be an L1. */
static void look_at_l1(const volatile u64 *table, const char *what)
{
	u32 i;

	for (i = 0; i < L1_ENTRIES; i++) {
		u64 e = table[i];

		if ((e & (PTE_P | PTE_RW)) == (PTE_P | PTE_RW))
			check(!is_table((u32)((e & PTE_FRAME) >> PAGE_SHIFT)),
			      "%s slot %u is %llx: a page table, writable", what, i, e);
	}
}

/* All segments that ring 1 can load are of ring 1 or 3, below the monitor, not expand-down. */
void audit_gdt(void)
{
	u32 slot, selector, rights, limit;
	bool valid;

	for (slot = 1; slot < 14 * 512; slot++) {
		selector = SELECTOR(slot, 1);
		rights = 0;
		asm volatile("lar %2, %0" : "+r"(rights), "=@ccz"(valid) : "r"(selector));
		if (!valid || !(rights & DESC_PRESENT))
			continue;
		check(rights & DESC_S && rights >> 13 & 1,
		      "slot %u has rights %x: a system segment, or ring 0 or 2", slot, rights);
		check(rights & 0x800 || !(rights & DESC_EXPAND_DOWN),
		      "slot %u has rights %x: it grows down", slot, rights);
		if (segment_limit(selector, &limit))
			check(limit < 0xf6800000, "slot %u has limit %x", slot, limit);
	}
}

void audit(void)
{
	u32 i;

	peek = (u8 *)(MIRROR + (NR_MIRROR << 21) - PAGE_SIZE);
	/* Return to the first base: another base may hold the last reference on its tables. */
	check_errno(mmuext(MMUEXT_NEW_BASEPTR, real_tables[0], 0), 0, "the first base");
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		kinds[i] = kind_of(frames[i]);
	for (i = 0; i < ARRAY_SIZE(frames); i++) {
		if (kinds[i] != TABLE || page_map(peek, frames[i], PTE_READONLY))
			continue;
		look_at((const volatile u64 *)peek, frames[i]);
		/* If the frame can be pinned as an L1, check it as an L1. */
		if (!mmuext(MMUEXT_PIN_L1_TABLE, frames[i], 0)) {
			mmuext(MMUEXT_UNPIN_TABLE, frames[i], 0);
			look_at_l1((const volatile u64 *)peek, "an L1 in play");
		}
	}
	page_map(peek, 0, 0);
	for (i = 0; i < NR_MIRROR; i++) {
		look_at(mirror_l1[i], frame_of((void *)mirror_l1[i]));
		look_at_l1(mirror_l1[i], "an L1 of the mirror");
	}
	for (i = 0; i << 9 < image_frames; i++) {
		look_at(image_l1[i], frame_of((void *)image_l1[i]));
		look_at_l1(image_l1[i], "an L1 of the image");
	}
}
