/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The monitor's own memory: the heap, the tables that describe all frames, and
 * the protection of the image. Sizes are fixed before the guest starts, but for the store
 * (plugin/store.c), which grows by frames that the guest has released. Afterwards only
 * heap_pages() and memory_grow_store() are called. What they give is never given back, and
 * each caller reuses its own.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/frame.h>
#include <hv/layout.h>
#include <hv/mm.h>
#include <hv/printk.h>
#include <hv/string.h>

#define HEAP_PAGES 128u

/*
 * Bytes of the store at boot: enough for about 2,700 small plugins, or a thousand of which
 * each has a paused call and an image of the FPU.
 */
#define STORE_BOOT (1u << 20)

static u8 heap[HEAP_PAGES][PAGE_SIZE] __page_bss;
static u32 heap_used; /* number of pages in use, the first ones of heap[] */
pte_t hv_map_cache_l1[512] __page_bss;
extern pte_t image_l1[512];
extern const u8 hv_start[], hv_text_end[], hv_rodata_end[], hv_end[];

static u32 table_bytes; /* size of frame table and m2p, and of the store at boot */
u32 plugin_store_bytes;

void *heap_pages(u32 nr)
{
	u8 *page = heap[heap_used];

	if (nr > HEAP_PAGES - heap_used)
		return NULL;
	heap_used += nr;
	return page;
}

u32 memory_monitor_bytes(void)
{
	return (u32)(hv_end - hv_start) + table_bytes;
}

/* The monitor's L1 table for va, made if there is none. */
static pte_t *l1_of(u32 va)
{
	u32 slot = (va >> 21) & 511;
	pte_t *l1;

	if (!hv_l2[slot]) {
		l1 = heap_pages(1);
		BUG_ON(!l1);
		hv_l2[slot] = hv_pa(l1) | PTE_P | PTE_RW | PTE_A;
		return l1;
	}
	return (pte_t *)((u32)(hv_l2[slot] & PTE_ADDR) + HV_PHYS_OFFSET);
}

static void map(u32 va, u32 pa, u32 size, pte_t flags)
{
	for (; size; size -= PAGE_SIZE, va += PAGE_SIZE, pa += PAGE_SIZE)
		l1_of(va)[(va >> PAGE_SHIFT) & 511] = pa | flags;
}

/* Allocate, map and zero memory for the frame table or the m2p. */
static u32 make_table(u32 va, u32 size, pte_t flags)
{
	u32 pa;

	size = ROUND_UP(size, PAGE_SIZE);
	pa = ranges_alloc(size);
	if (!pa)
		cannot_boot("too little memory: the monitor's tables need %u KiB", size >> 10);
	memset(phys(pa), 0, size);
	map(va, pa, size, flags);
	table_bytes += size;
	return pa;
}

static pte_t data_flags(void)
{
	return PTE_P | PTE_RW | PTE_A | PTE_D | (have_nx ? PTE_NX : 0);
}

/* The L1 tables exist for all that the store can become. */
static void make_store(void)
{
	u32 va;

	for (va = HV_PLUGIN_STORE; va < HV_PLUGIN_STORE + PLUGIN_STORE_MAX; va += 2u << 20)
		l1_of(va);
	plugin_store_bytes = STORE_BOOT;
	make_table(HV_PLUGIN_STORE, STORE_BOOT, data_flags());
}

bool memory_grow_store(void)
{
	u32 va = HV_PLUGIN_STORE + plugin_store_bytes;
	mfn_t mfn;

	if (plugin_store_bytes == PLUGIN_STORE_MAX)
		return false;
	mfn = frame_take();
	if (mfn == MFN_INVALID)
		return false;
	l1_of(va)[(va >> PAGE_SHIFT) & 511] = mfn_pte(mfn, data_flags());
	plugin_store_bytes += PAGE_SIZE;
	return true;
}

static u32 physical_address_bits(void)
{
	u32 a, b, c, d;

	cpuid(0x80000000, 0, &a, &b, &c, &d);
	if (a < 0x80000008)
		return 36; /* PAE's architectural width */
	cpuid(0x80000008, 0, &a, &b, &c, &d);
	return a & 0xff;
}

static void protect_image(pte_t nx)
{
	u32 va;

	for (va = HV_IMAGE; va < HV_IMAGE + (2u << 20); va += PAGE_SIZE) {
		pte_t e = (va - HV_PHYS_OFFSET) | PTE_P | PTE_A;

		if (va >= (u32)hv_end)
			e = 0;
		else if (va >= (u32)hv_rodata_end)
			e |= PTE_RW | PTE_D | nx;
		else if (va >= (u32)hv_text_end)
			e |= nx;
		image_l1[(va >> PAGE_SHIFT) & 511] = e;
	}
	flush_tlb();
}

void memory_init(void)
{
	pte_t nx = have_nx ? PTE_NX : 0, rw = data_flags();
	u32 nr = ranges[ranges_nr - 1].end >> PAGE_SHIFT, m2p, i;

	/* Modules can lie above the last free range. */
	for (i = 0; i < ARRAY_SIZE(modules); i++)
		nr = MAX(nr, PFN_UP(modules[i].start + modules[i].size));
	m2p = make_table(HV_M2P_RW, nr * sizeof(u32), rw);
	map(HV_M2P_RO, m2p, ROUND_UP(nr * sizeof(u32), PAGE_SIZE), PTE_P | PTE_A | nx);
	make_table(HV_FRAME_TABLE, nr * sizeof(struct frame), rw);
	make_store();
	hv_l2[(HV_MAP_CACHE >> 21) & 511] = hv_pa(hv_map_cache_l1) | PTE_P | PTE_RW | PTE_A;
	protect_image(nx);
	mm_init(physical_address_bits(), have_nx);
	frame_init(nr);
	memory_mark_io();
}

void memory_hand_over(void)
{
	u32 i;

	for (i = 0; i < ranges_nr; i++)
		frame_add_guest_ram(ranges[i].start >> PAGE_SHIFT,
				    (ranges[i].end - ranges[i].start) >> PAGE_SHIFT);
}
