// SPDX-License-Identifier: MIT
/* Owns the arguments: mostly sensible, often nearly so, sometimes nonsense. */
#include "game.h"

static const u32 numbers[] = {
	0,	 1,	  2,	      3,	  4,	      7,	  8,
	15,	 16,	  31,	      32,	  63,	      64,	  127,
	128,	 255,	  256,	      511,	  512,	      513,	  1023,
	1024,	 4095,	  4096,	      0x7ff0,	  0x7fff,     0x7ff1,	  0xffff,
	0x10000, 0xfffff, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
};

u32 some_number(void)
{
	return one_in(4) ? rnd() : PICK(numbers);
}

u32 some_count(u32 usual)
{
	if (one_in(12))
		return some_number();
	return below(usual + 1);
}

/* Frames that do not exist, frames of devices and of the monitor. */
static const u32 odd_frames[] = {
	0,	  1,	      0x9f,	  0xa0,	      0xb8,	  0xf0,	   0xff,    0x100,
	0x101,	  0x110,      0x180,	  0x200,      0xe0000,	  0xf0000, 0xfebff, 0xfec00,
	0xfed00,  0xfee00,    0xfffff,	  0x100000,   0x3fff,	  0x4000,  0x3ffff, 0x7ffff,
	0xffffff, 0x0fffffff, 0x7fffffff, 0xfffffff0, 0xffffffff,
};

u32 some_frame(void)
{
	u32 frame;

	switch (below(16)) {
	case 0:
		frame = PICK(odd_frames);
		break;
	case 1:
		/*
		 * Page tables in use, except an L1 that maps this guest: a random
		 * table that names such an L1 would allow random changes of it.
		 */
		if (deadly && one_in(2))
			return real_tables[0] + below((u32)start_info->nr_pt_frames + 1);
		return one_in(2) ? PICK(real_tables) :
				   frame_of((void *)mirror_l1[below(NR_MIRROR)]);
	case 2:
		frame = one_in(2) ? rnd() : below(0x4100);
		break;
	case 3:
		return frames[NR_PLAY + below(NR_SPARE)];
	case 4:
		if (deadly)
			return first_image_frame + below(image_frames);
		/* fall through */
	default:
		return frames[below(NR_PLAY)];
	}
	/* Not a frame that this guest needs. */
	if (!deadly && (frame - first_image_frame < start_info->nr_pages ||
			frame == start_info->shared_info >> PAGE_SHIFT))
		return frames[below(NR_PLAY)];
	return frame;
}

static const u32 odd_addresses[] = {
	0,	    1,		4,	    0xfff,	0x1000,	    0xbffff000, 0xbffffffc,
	0xf57ff000, 0xf57ffffc, 0xf57ffffd, 0xf5800000, 0xf5800004, 0xf67ffffc, 0xf6800000,
	0xf8800000, 0xfe800000, 0xfea00000, 0xfea0e000, 0xff000000, 0xff010000, 0xff7ffffc,
	0xff800000, 0xfffff000, 0xfffffffc, 0xffffffff,
};

u32 some_va(void)
{
	u32 va;

	switch (below(8)) {
	case 0:
		va = PICK(odd_addresses);
		break;
	case 1:
		va = rnd();
		break;
	case 2:
	case 3:
		va = MIRROR + below(NR_MIRROR << 21);
		break;
	case 4:
		va = VIRT_BASE - (1 << 21) + below(1 << 21); /* tables in play may lead there */
		break;
	default:
		va = (u32)play[below(NR_PLAY)] + (one_in(4) ? below(PAGE_SIZE) : 0);
		break;
	}
	if (!deadly && (!harmless(va) || va - (u32)scratch < (SCRATCH_PAGES + 3) * PAGE_SIZE))
		va = (u32)play[below(NR_PLAY)];
	return va;
}

u64 some_pte(void)
{
	static const u32 usual[] = {
		0,
		PTE_P,
		PTE_P,
		PTE_P | PTE_RW,
		PTE_P | PTE_RW,
		PTE_P | PTE_RW | PTE_A | PTE_D,
		PTE_P | PTE_RW | PTE_US | PTE_A,
		PTE_P | PTE_US,
		PTE_P | PTE_A,
	};
	u64 e = pte(some_frame(), PICK(usual));

	if (one_in(5)) {
		switch (below(8)) {
		case 0:
			e |= PTE_PS;
			break;
		case 1:
			e |= PTE_G;
			break;
		case 2:
			e |= one_in(2) ? PTE_WT : PTE_CD;
			break;
		case 3:
			e |= PTE_NX;
			break;
		case 4:
			e |= 1ull << (52 + below(11));
			break;
		case 5:
			e |= 1ull << (32 + below(20));
			break;
		case 6:
			e ^= rnd() & 0xfff;
			break;
		default:
			e ^= (u64)rnd() << 32 | rnd();
			/* A random frame must not be one that this guest needs. */
			if (!deadly && (u32)((e & PTE_FRAME) >> PAGE_SHIFT) - first_image_frame <
					       start_info->nr_pages)
				e = 0;
		}
	}
	return e;
}

static u64 odd_descriptor(void);

u64 legal_descriptor(void)
{
	static const u32 types[] = { DESC_DATA | DESC_DPL(1),
				     DESC_CODE | DESC_DPL(1),
				     DESC_DATA | DESC_DPL(3),
				     DESC_CODE | DESC_DPL(3),
				     DESC_DATA,
				     DESC_DATA | DESC_DPL(3) | DESC_EXPAND_DOWN };

	if (one_in(64))
		return odd_descriptor();
	if (one_in(4))
		return 0;
	return descriptor(one_in(2) ? 0 : rnd(), one_in(2) ? ~0u : rnd() >> below(32), PICK(types));
}

/* A descriptor that is refused most of the time. */
static u64 odd_descriptor(void)
{
	static const u32 types[] = { DESC_DATA | DESC_DPL(2), DESC_CODE | DESC_DPL(2),
				     DESC_DATA | DESC_DPL(1) | DESC_EXPAND_DOWN,
				     DESC_CODE | DESC_DPL(1) | 0x400 };
	u32 base = one_in(2) ? 0 : rnd(), limit = one_in(2) ? ~0u : rnd() >> below(32);

	switch (below(3)) {
	case 0:
		return (u64)rnd() << 32 | rnd();
	case 1: /* system: gates, TSS, LDT */
		return descriptor(base, limit, DESC_PRESENT | DESC_DPL(below(4)) | below(16) << 8);
	default:
		return descriptor(base, limit, PICK(types));
	}
}

u64 some_descriptor(void)
{
	return one_in(4) ? odd_descriptor() : legal_descriptor();
}

u32 some_entry(u32 *high)
{
	u32 frame, offset = below(512) * 8;

	*high = one_in(64) ? 1u << below(32) : 0;
	switch (below(8)) {
	case 0: /* the running tables: their free entries */
		frame = real_tables[0];
		if (one_in(3))
			return (frame << PAGE_SHIFT) + below(deadly ? 8 : 3) * 8;
		frame = real_tables[1];
		offset = (130 + below(382)) * 8;
		break;
	case 1:
	case 2:
		frame = frame_of((void *)mirror_l1[below(NR_MIRROR)]);
		break;
	case 3:
		frame = some_frame();
		if (!deadly && !frame_is_ours(frame) && !monitor_owns(frame) && frame >= 0x100 &&
		    frame <= 0xfffff)
			frame = frames[0];
		break;
	default:
		frame = frames[below(NR_PLAY)];
		/* An L3 has only four entries. */
		if (one_in(4))
			offset = below(5) * 8;
	}
	if (!deadly && offset == 3 * 8) /* as in fill_table() */
		offset = 0;
	return (frame << PAGE_SHIFT) | offset;
}

u32 some_handle(void)
{
	static const u32 odd[] = { 0, 1, 0x7ff, 0x800, 0x801, 0x7fffffff, 0x80000000, 0xffffffff };

	if (one_in(8))
		return one_in(2) ? rnd() : PICK(odd);
	return PICK(handles);
}

/* Bytes of scratch in use. The structures of one call must not overlap: an overlap would
 * give random addresses, which may be of memory that this guest needs. */
static u32 used;

void places_free(void)
{
	used = below(PAGE_SIZE);
}

u32 place_at_end(const void *from, u32 size)
{
	return (u32)memcpy(scratch + SCRATCH_PAGES * PAGE_SIZE - size, from, size);
}

u32 some_place(u32 size, void **fill)
{
	static u8 aside[2 * PAGE_SIZE];
	u32 end = (u32)scratch + SCRATCH_PAGES * PAGE_SIZE, at;

	if (size > PAGE_SIZE)
		size = PAGE_SIZE;
	*fill = aside;
	used += below(64);
	if (!one_in(4))
		used = (used + 7) & ~7u;
	if (used + size > SCRATCH_PAGES * PAGE_SIZE)
		return end;
	at = (u32)scratch + used;
	used += size;
	*fill = (void *)at;
	if (!one_in(10))
		return at;
	*fill = aside;
	switch (below(10)) {
	case 0: /* ends in the hole */
		memset((void *)(end - size), 0, size);
		return end - below(size + 1);
	case 1: /* read-only */
		return end + PAGE_SIZE + below(PAGE_SIZE);
	case 2: /* begins in the hole */
		return end + PAGE_SIZE - below(size + 1);
	case 3: /* the monitor's image */
		return one_in(2) ? PICK(odd_addresses) : 0xff000000 + below(0x40000);
	case 4:
		return 0xf5800000 - below(size + 1);
	case 5: /* wraps */
		return 0 - below(size + 1);
	case 6: /* a page table: read-only to all */
		return one_in(2) ? (u32)mirror_l1[below(NR_MIRROR)] + below(PAGE_SIZE) :
				   (u32)start_info->pt_base + below(PAGE_SIZE);
	case 7: /* memory in play: a table, a page, not there */
		return (u32)play[below(NR_PLAY)] + below(PAGE_SIZE);
	case 8:
		if (deadly)
			return (u32)&size - below(4096);
		return MIRROR + below(NR_MIRROR << 21);
	default:
		at = rnd();
		return deadly || harmless(at) ? at : end;
	}
}
