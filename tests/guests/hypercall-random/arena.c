// SPDX-License-Identifier: MIT
/*
 * Owns the frames used in the games with page tables, and their release: when every use that
 * this guest knows of is undone, each frame can be a writable page and a page table again. A
 * wrong count shows there.
 */
#include "game.h"

u8 *play[NR_PLAY], *scratch, *attack_code, *user_code, *user_data;
u32 frames[NR_PLAY + NR_SPARE];
volatile u64 *mirror_l1[NR_MIRROR];
u32 image_frames, first_image_frame;
u32 gdt_frame;

static u8 *peek; /* a free virtual page */
static u32 pages_of_domain, image_end_va, top_frame;
volatile u64 *real_l3, *top_l2, *image_l1[8];
u32 real_tables[2];

extern char image_end[];

static long reservation_now(void)
{
	struct xen_memory_domain who = { .domid = DOMID_SELF };

	return hypercall(memory_op, XENMEM_current_reservation, &who);
}

static void own_range(u8 *page, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		require(!page_map(page + i * PAGE_SIZE, 0, 0), "cannot unmap a page");
}

void arena_init(void)
{
	u32 i, pfn;

	for (i = 0; i < NR_PLAY; i++) {
		play[i] = page_alloc();
		frames[i] = frame_of(play[i]);
	}
	for (i = 0; i < NR_SPARE; i++)
		frames[NR_PLAY + i] = frame_spare();
	scratch = pages_alloc(SCRATCH_PAGES + 3);
	own_range(scratch + SCRATCH_PAGES * PAGE_SIZE, 1);
	page_rights(scratch + (SCRATCH_PAGES + 1) * PAGE_SIZE, PTE_READONLY);
	own_range(scratch + (SCRATCH_PAGES + 2) * PAGE_SIZE, 1);
	attack_code = page_alloc();
	user_code = page_alloc();
	user_data = page_alloc();
	page_rights(user_data, PTE_WRITABLE | PTE_US);
	for (i = 0; i < NR_MIRROR; i++) {
		u8 *table = page_alloc();

		require(!page_rights(table, PTE_READONLY) &&
				!mmu_update_one(
					machine_of(
						(void *)(l2_entry((void *)(MIRROR + (i << 21))))),
					pte(frame_of(table), PTE_P | PTE_RW | PTE_US | PTE_A)),
			"no table for %x", MIRROR + (i << 21));
		mirror_l1[i] = (volatile u64 *)table;
	}
	peek = (u8 *)(MIRROR + (NR_MIRROR << 21) - PAGE_SIZE);
	real_l3 = (volatile u64 *)start_info->pt_base;
	top_l2 = l2_entry((void *)VIRT_BASE);
	real_tables[0] = frame_of((void *)real_l3);
	real_tables[1] = frame_of((void *)top_l2);
	pages_of_domain = reservation_now();
	/* The boot mapping: all that is mapped, from the first page on. */
	for (pfn = 0; pte_of((void *)(VIRT_BASE + (pfn << PAGE_SHIFT))) || pfn < 0x200; pfn++)
		;
	image_end_va = VIRT_BASE + (pfn << PAGE_SHIFT);
	first_image_frame = frame_of_pfn(0);
	image_frames = pfn;
	for (i = 0; i << 9 < image_frames; i++) {
		require(i < ARRAY_SIZE(image_l1), "the boot mapping has more than 16 MiB");
		image_l1[i] = l1_entry((void *)(VIRT_BASE + (i << 21)));
	}
	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (frame_of_pfn(pfn) > top_frame)
			top_frame = frame_of_pfn(pfn);
}

bool frame_is_ours(u32 frame)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(frames); i++)
		if (frames[i] == frame)
			return true;
	return false;
}

/* RAM that was given to this guest at no time. */
bool monitor_owns(u32 frame)
{
	return frame >= 0x100 && frame <= top_frame &&
	       frame - first_image_frame >= start_info->nr_pages &&
	       frame != start_info->shared_info >> PAGE_SHIFT;
}

bool harmless(u32 address)
{
	if (address - VIRT_BASE >= image_end_va - VIRT_BASE)
		return true;
	if (address - (u32)scratch < (SCRATCH_PAGES + 3) * PAGE_SIZE)
		return true;
	return address - (u32)play[0] < NR_PLAY * PAGE_SIZE;
}

bool page_writable(u8 *page)
{
	return !probe_write(page, 0);
}

static void empty_mirror(void)
{
	static struct mmu_update list[L1_ENTRIES];
	u32 t, i, n;

	for (t = 0; t < NR_MIRROR; t++) {
		for (i = n = 0; i < L1_ENTRIES; i++)
			if (mirror_l1[t][i])
				list[n++].ptr = machine_of((void *)&mirror_l1[t][i]);
		check_errno(hypercall(mmu_update, list, n, 0, DOMID_SELF), 0, "emptying table %u",
			    t);
	}
}

/* Clears the entries of the running tables that random updates may have filled. */
static void empty_tables(void)
{
	u32 i;

	for (i = 0; i < 3; i++)
		if (real_l3[i])
			check_errno(mmu_update_one(machine_of((void *)&real_l3[i]), 0), 0,
				    "L3 slot %u", i);
	for (i = 0; i < 428; i++) {
		u32 va = VIRT_BASE + (i << 21);

		if (!top_l2[i] || va < image_end_va || va - MIRROR < NR_MIRROR << 21)
			continue;
		check_errno(mmu_update_one(machine_of((void *)&top_l2[i]), 0), 0, "L2 slot %u", i);
	}
}

/* Frames that were given back are taken again. */
static void take_back(void)
{
	static u32 list[64];
	struct xen_memory_reservation r = { .nr_extents = 64, .domid = DOMID_SELF };

	r.extent_start.p = (void *)list;
	while (hypercall(memory_op, XENMEM_increase_reservation, &r) == 64)
		;
	check_eq(reservation_now(), pages_of_domain, "pages of the domain");
}

static void frame_whole(u32 i)
{
	u8 *at = i < NR_PLAY ? play[i] : peek;

	if (!check_errno(page_map(at, frames[i], PTE_WRITABLE), 0, "frame %x (%u) as a page",
			 frames[i], i))
		return;
	memset(at, 0, PAGE_SIZE);
	check_errno(page_map(at, frames[i], PTE_READONLY), 0, "frame %x (%u) read-only", frames[i],
		    i);
	check_errno(mmuext(MMUEXT_PIN_L1_TABLE, frames[i], 0), 0, "frame %x (%u) as a table",
		    frames[i], i);
	check_errno(mmuext(MMUEXT_UNPIN_TABLE, frames[i], 0), 0, "frame %x (%u) unpinned",
		    frames[i], i);
	check_errno(i < NR_PLAY ? page_map(at, frames[i], PTE_WRITABLE) : page_map(at, 0, 0), 0,
		    "frame %x (%u) at last", frames[i], i);
}

void arena_reset(void)
{
	u32 i;

	check_errno(mmuext(MMUEXT_NEW_BASEPTR, real_tables[0], 0), 0, "the first base");
	plugins_reset();
	check_errno(hypercall(set_gdt, 0, 0), 0, "no GDT");
	gdt_frame = 0;
	for (i = 0; i < NR_PLAY; i++)
		check_errno(page_map(play[i], 0, 0), 0, "page %u unmapped", i);
	empty_tables();
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		mmuext(MMUEXT_UNPIN_TABLE, frames[i], 0);
	empty_mirror();
	take_back();
	for (i = 0; i < ARRAY_SIZE(frames); i++)
		frame_whole(i);
}
