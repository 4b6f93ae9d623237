// SPDX-License-Identifier: MIT
/* The walk of the domain builder's page tables, and the pool of test pages. */
#include <lib/hypercall.h>
#include <lib/paging.h>
#include <lib/report.h>
#include <xen/memory.h>

#define POOL_PAGES 128

static u8 pool[POOL_PAGES][PAGE_SIZE] PAGE_BUFFER;
static u32 pool_used;

u32 frame_of_pfn(u32 pfn)
{
	return ((const u32 *)start_info->mfn_list)[pfn];
}

u32 frame_of(const volatile void *page)
{
	return frame_of_pfn(((u32)page - VIRT_BASE) >> PAGE_SHIFT);
}

u64 machine_of(const volatile void *address)
{
	return (u64)frame_of(address) << PAGE_SHIFT | ((u32)address & (PAGE_SIZE - 1));
}

const u32 *m2p(u32 *frames)
{
	/* The headers have a fixed address, but a Xen with little memory uses a higher one. */
	static struct xen_machphys_mapping where;

	if (!where.v_start && hypercall(memory_op, XENMEM_machphys_mapping, &where)) {
		where.v_start = MACH2PHYS_VIRT_START;
		where.max_mfn = MACH2PHYS_NR_ENTRIES - 1;
	}
	if (frames)
		*frames = where.max_mfn + 1;
	return (const u32 *)where.v_start;
}

void *page_of_frame(u32 frame)
{
	u32 frames, pfn;
	const u32 *table = m2p(&frames);

	if (frame >= frames)
		return NULL;
	pfn = table[frame];
	if (pfn >= start_info->nr_pages || frame_of_pfn(pfn) != frame)
		return NULL;
	return (void *)(VIRT_BASE + (pfn << PAGE_SHIFT));
}

u32 frame_spare(void)
{
	static u32 used;

	/* From the highest page down: the builder has used the lowest pages. */
	return frame_of_pfn((u32)start_info->nr_pages - 1 - used++);
}

void frames_release(u32 nr)
{
	xen_pfn_t frame;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &frame);
	while (nr--) {
		frame = frame_spare();
		require(hypercall(memory_op, XENMEM_decrease_reservation, &r) == 1,
			"frame %lx is not released", frame);
	}
}

static volatile u64 *below(volatile u64 *entry, u32 index)
{
	volatile u64 *table;

	if (!entry || !(*entry & PTE_P) || *entry & PTE_PS)
		return NULL;
	table = page_of_frame((u32)((*entry & PTE_FRAME) >> PAGE_SHIFT));
	return table ? table + index : NULL;
}

volatile u64 *l3_entry(const volatile void *address)
{
	return (volatile u64 *)start_info->pt_base + ((u32)address >> 30);
}

volatile u64 *l2_entry(const volatile void *address)
{
	volatile u64 *entry = l3_entry(address);
	volatile u64 *table;

	/* An L3 entry has no PS: bit 7 is reserved there. */
	if (!(*entry & PTE_P))
		return NULL;
	table = page_of_frame((u32)((*entry & PTE_FRAME) >> PAGE_SHIFT));
	return table ? table + ((u32)address >> 21 & 511) : NULL;
}

volatile u64 *l1_entry(const volatile void *address)
{
	return below(l2_entry(address), (u32)address >> 12 & 511);
}

u64 pte_of(const volatile void *address)
{
	volatile u64 *entry = l1_entry(address);

	return entry ? *entry : 0;
}

long page_map(const volatile void *va, u32 frame, u64 flags)
{
	return update_va_mapping(va, pte(frame, flags), UVMF_INVLPG);
}

long page_rights(const volatile void *page, u64 flags)
{
	return page_map(page, frame_of(page), flags);
}

void *pages_alloc(u32 n)
{
	void *page = pool[pool_used];

	require(pool_used + n <= POOL_PAGES, "the test wants more than %u pages", POOL_PAGES);
	pool_used += n;
	return page;
}

void *page_alloc(void)
{
	return pages_alloc(1);
}
