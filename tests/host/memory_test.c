// SPDX-License-Identifier: MIT
/*
 * The monitor's own memory (boot/memory.c): the heap, the mappings of memory_init() and
 * their rights, and the frames that are handed to the guest.
 *
 * Physical addresses are addresses of this program, so the program is built for 32 bits.
 * Cannot tell: whether a CPU takes the tables; every boot does.
 */
#include <hv/boot.h>
#include <hv/cpu.h>
#include <hv/frame.h>
#include <hv/layout.h>
#include <hv/mm.h>
#include <hv/printk.h>

#include "refuse.h"

#define HEAP_PAGES 128u
#define ARENA	   (8u << 20)

/* Addresses of the image: text, constants and data. */
#define TEXT_END   0xff040000u
#define RODATA_END 0xff060000u
#define IMAGE_END  0xff180000u
asm(".globl hv_start, hv_text_end, hv_rodata_end, hv_end\nhv_start = 0xff000000\n"
    "hv_text_end = 0xff040000\nhv_rodata_end = 0xff060000\nhv_end = 0xff180000\n");

static u8 arena[ARENA] __aligned(4096);
/* Kernel and initrd; the third is behind the end of modules[]. */
struct module three[3] asm("modules");
pte_t hv_l2[512], image_l1[512];
extern pte_t hv_map_cache_l1[512];
u32 have_nx;

static u32 leaves, bits, flushes, mm_bits, frames, marked, handed[4][2], handed_nr;
static bool mm_nx;

void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	(void)sub;
	*a = leaf == 0x80000000 ? leaves : leaf == 0x80000008 ? 0x3000 | bits : 0xbad;
	*b = *c = *d = 0xbad;
}

void panic(const char *fmt, ...)
{
	printf("the monitor panics: %s\nTest result: FAILURE\n", fmt);
	exit(1);
}

void flush_tlb(void)
{
	flushes++;
}

void mm_init(unsigned int maxphyaddr, bool nx)
{
	mm_bits = maxphyaddr;
	mm_nx = nx;
}

/* Frames that the guest has released, each next one with a lower number. */
static u32 released, taken = 0x54321;

mfn_t frame_take(void)
{
	return released ? released--, taken-- : MFN_INVALID;
}

void frame_init(u32 nr)
{
	frames = nr;
}

void memory_mark_io(void)
{
	CHECK(frames);
	marked++;
}

void frame_add_guest_ram(mfn_t mfn, u32 nr)
{
	CHECK(handed_nr < 4);
	handed[handed_nr][0] = mfn;
	handed[handed_nr++][1] = nr;
}

static pte_t entry_of(u32 va)
{
	pte_t e = hv_l2[va >> 21 & 511];

	if (!e)
		return 0;
	CHECK((e & ~PTE_ADDR) == (PTE_P | PTE_RW | PTE_A), "table for %#x: %#llx", va,
	      (unsigned long long)e);
	return ((pte_t *)((u32)(e & PTE_ADDR) + HV_PHYS_OFFSET))[va >> PAGE_SHIFT & 511];
}

/* Checks that just these bytes are mapped at va, contiguously. Returns the physical address. */
static u32 mapped(u32 va, u32 bytes, pte_t flags)
{
	u32 pa = (u32)(entry_of(va) & PTE_ADDR), at;

	for (at = 0; at < bytes; at += PAGE_SIZE)
		CHECK(entry_of(va + at) == ((pa + at) | flags), "%#x: %#llx", va + at,
		      (unsigned long long)entry_of(va + at));
	CHECK(!entry_of(va + at), "%#x: %#llx", va + at, (unsigned long long)entry_of(va + at));
	return pa;
}

static void init(const void *with)
{
	(void)with;
	memory_init();
}

static void reset(void)
{
	memset(arena, 0xff, sizeof(arena));
	memset(image_l1, 0xff, sizeof(image_l1));
	memset(hv_l2, 0, sizeof(hv_l2));
	memset(three, 0, sizeof(three));
	three[2].start = 0xf0000000;
	ranges[0] = (struct range){ (u32)arena, (u32)arena + ARENA };
	ranges_nr = 1;
	flushes = marked = frames = 0;
}

static void image(pte_t nx)
{
	u32 va;

	for (va = HV_IMAGE; va < HV_IMAGE + (2u << 20); va += PAGE_SIZE) {
		pte_t want = (va - HV_PHYS_OFFSET) | PTE_P | PTE_A;

		if (va >= TEXT_END)
			want |= nx;
		if (va >= RODATA_END)
			want |= PTE_RW | PTE_D;
		if (va >= IMAGE_END)
			want = 0;
		CHECK(image_l1[va >> PAGE_SHIFT & 511] == want, "%#x: %#llx", va,
		      (unsigned long long)image_l1[va >> PAGE_SHIFT & 511]);
	}
	CHECK(flushes == 1);
}

/* With memory up to `end`, checks the mappings and rights that memory_init() makes. */
static void made(u32 end, pte_t nx)
{
	u32 nr = end >> PAGE_SHIFT, m2p, table, store, i, bytes = memory_monitor_bytes();
	u32 m2p_bytes = ROUND_UP(nr * 4, PAGE_SIZE), table_bytes = ROUND_UP(nr * 8, PAGE_SIZE);

	memory_init();
	m2p = mapped(HV_M2P_RW, m2p_bytes, PTE_P | PTE_RW | PTE_A | PTE_D | nx);
	CHECK(m2p == mapped(HV_M2P_RO, m2p_bytes, PTE_P | PTE_A | nx));
	table = mapped(HV_FRAME_TABLE, table_bytes, PTE_P | PTE_RW | PTE_A | PTE_D | nx);
	store = mapped(HV_PLUGIN_STORE, plugin_store_bytes, PTE_P | PTE_RW | PTE_A | PTE_D | nx);
	CHECK(m2p == (u32)arena + ARENA - m2p_bytes && table == m2p - table_bytes);
	CHECK(plugin_store_bytes == 1 << 20 && store == table - plugin_store_bytes);
	for (i = store - (u32)arena; i < ARENA; i++)
		CHECK(!arena[i], "byte %#x of the tables", i);
	CHECK(arena[store - (u32)arena - 1] == 0xff);
	CHECK(ranges_nr == 1 && ranges[0].end == store);
	CHECK(memory_monitor_bytes() == bytes + m2p_bytes + table_bytes + plugin_store_bytes);
	CHECK(hv_l2[HV_MAP_CACHE >> 21 & 511] == (hv_pa(hv_map_cache_l1) | PTE_P | PTE_RW | PTE_A));
	image(nx);
	CHECK(frames == nr && marked == 1, "%#x frames, not %#x", frames, nr);
	CHECK(mm_nx == !!nx);
}

/* The store grows by released frames, up to its end; no other entry changes. */
static void grows(pte_t nx)
{
	u32 bytes = plugin_store_bytes, behind = HV_PLUGIN_STORE + PLUGIN_STORE_MAX, mfn;
	pte_t last;

	CHECK(!memory_grow_store() && plugin_store_bytes == bytes);
	for (released = PLUGIN_STORE_MAX; plugin_store_bytes < PLUGIN_STORE_MAX;) {
		mfn = taken;
		last = entry_of(HV_PLUGIN_STORE + bytes - PAGE_SIZE);
		CHECK(memory_grow_store() && plugin_store_bytes == bytes + PAGE_SIZE);
		CHECK(entry_of(HV_PLUGIN_STORE + bytes) ==
		      ((pte_t)mfn << PAGE_SHIFT | PTE_P | PTE_RW | PTE_A | PTE_D | nx));
		CHECK(entry_of(HV_PLUGIN_STORE + bytes - PAGE_SIZE) == last);
		bytes += PAGE_SIZE;
		CHECK(bytes == PLUGIN_STORE_MAX || !entry_of(HV_PLUGIN_STORE + bytes));
	}
	mfn = taken;
	CHECK(!memory_grow_store() && taken == mfn && bytes == PLUGIN_STORE_MAX);
	CHECK(!hv_l2[behind >> 21 & 511]);
	released = 0;
}

static void tables(void)
{
	CHECK(memory_monitor_bytes() == IMAGE_END - HV_IMAGE);
	reset();
	have_nx = 1;
	leaves = 0x80000008;
	bits = 40;
	made((u32)arena + ARENA, PTE_NX);
	CHECK(mm_bits == 40);
	grows(PTE_NX);
	/* Without NX and without the CPUID leaf of address widths; modules above free memory. */
	reset();
	have_nx = 0;
	leaves = 0x80000007;
	three[0] = (struct module){ 0x20000000, 1, "" };
	three[1] = (struct module){ 0x21fff000, 0x1001, "" };
	made(0x22001000, 0);
	CHECK(mm_bits == 36);
	grows(0);
	reset();
	leaves = 0x80000009;
	three[0] = (struct module){ 0x23000000, 0x2000, "" };
	made(0x23002000, 0);
	CHECK(mm_bits == 40);
	/* Too little memory for the first table, then for the second. */
	reset();
	ranges[0].start = ranges[0].end - PAGE_SIZE;
	REFUSED(init, NULL, "too little memory: the monitor's tables need");
	reset();
	ranges[0].start = ranges[0].end - ROUND_UP((ranges[0].end >> PAGE_SHIFT) * 4, PAGE_SIZE);
	REFUSED(init, NULL, "too little memory: the monitor's tables need");
}

/* The heap gives contiguous pages, in ascending order, until none is left. */
static void heap(void)
{
	u8 *first = heap_pages(2), *page;
	u32 nr;

	CHECK(first && !((u32)first & (PAGE_SIZE - 1)));
	CHECK(!heap_pages(HEAP_PAGES - 1));
	page = heap_pages(3);
	CHECK(page == first + 2 * PAGE_SIZE);
	/* memory_init() takes one page for each page table, and no other. */
	tables();
	page = heap_pages(1);
	nr = (u32)(page - first) / PAGE_SIZE + 1;
	CHECK(nr > 5 && nr < HEAP_PAGES);
	CHECK(!heap_pages(HEAP_PAGES - nr + 1));
	CHECK(!heap_pages(~0u));
	page = heap_pages(HEAP_PAGES - nr);
	CHECK(page == first + nr * PAGE_SIZE);
	CHECK(!heap_pages(1));
}

static void hand_over(void)
{
	ranges[0] = (struct range){ 0x200000, 0x300000 };
	ranges[1] = (struct range){ 0x400000, 0x401000 };
	ranges[2] = (struct range){ 0x500000, 0x501000 };
	ranges_nr = 2;
	memory_hand_over();
	CHECK(handed_nr == 2);
	CHECK(handed[0][0] == 0x200 && handed[0][1] == 0x100);
	CHECK(handed[1][0] == 0x400 && handed[1][1] == 1);
}

int main(void)
{
	heap();
	hand_over();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
