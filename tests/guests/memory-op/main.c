// SPDX-License-Identifier: MIT
/*
 * Claim: memory_op tells how much memory the guest has, takes frames back and gives
 * frames, and refuses invalid extents.
 *
 * Provoked by: returning a spare frame and getting one back; invalid orders, addresses
 * and domains, and frames in use as page tables.
 *
 * Cannot tell: whether a returned frame is ever given to another party.
 */
#include <lib/test.h>

static struct e820entry {
	u64 addr, size;
	u32 type;
} __attribute__((packed)) map[128];

static struct xen_memory_reservation reservation(xen_pfn_t *frames, u32 n)
{
	struct xen_memory_reservation r = { .nr_extents = n, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, frames);
	return r;
}

static void memory_map(void)
{
	struct xen_memory_map m = { .nr_entries = ARRAY_SIZE(map) };
	u64 ram = 0, end = 0;
	u32 i;

	set_xen_guest_handle(m.buffer, (void *)map);
	/* On a stock Xen a domain has no memory map unless one was set. */
	if (hypercall(memory_op, XENMEM_memory_map, &m) == -XEN_ENOSYS && !on_ringfence())
		return;
	check_errno(hypercall(memory_op, XENMEM_memory_map, &m), 0, "memory_map");
	check(m.nr_entries >= 1 && m.nr_entries < ARRAY_SIZE(map), "%u entries", m.nr_entries);
	for (i = 0; i < m.nr_entries; i++) {
		print("e820: %016llx +%llx type %u\n", map[i].addr, map[i].size, map[i].type);
		check(map[i].addr >= end, "entry %u overlaps the one before", i);
		end = map[i].addr + map[i].size;
		if (map[i].type == 1)
			ram += map[i].size;
	}
	check(ram >= 16 << 20, "only %llx bytes of RAM", ram);
	check(ram >> PAGE_SHIFT <= start_info->nr_pages, "the map has %llx pages, nr_pages is %lx",
	      ram >> PAGE_SHIFT, start_info->nr_pages);
	m.nr_entries = ARRAY_SIZE(map);
	check_errno(hypercall(memory_op, XENMEM_memory_map, 0x1000), XEN_EFAULT,
		    "map from nowhere");
	set_xen_guest_handle(m.buffer, (void *)0xfffff000);
	check_errno(hypercall(memory_op, XENMEM_memory_map, &m), XEN_EFAULT,
		    "map into the monitor");
}

void test_main(void)
{
	domid_t self = DOMID_SELF;
	xen_pfn_t frames[2], old;
	struct xen_memory_reservation r;
	u8 *page = page_alloc();
	long before;

	memory_map();
	check(hypercall(memory_op, XENMEM_maximum_ram_page, 0) > 1024, "maximum_ram_page is %ld",
	      hypercall(memory_op, XENMEM_maximum_ram_page, 0));
	before = hypercall(memory_op, XENMEM_current_reservation, &self);
	check(before >= (long)start_info->nr_pages / 2, "current_reservation is %ld", before);
	check(hypercall(memory_op, XENMEM_maximum_reservation, &self) >= before,
	      "maximum_reservation is below the current one");

	/* One frame is returned to the monitor, one is taken. */
	frames[0] = old = frame_spare();
	r = reservation(frames, 1);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 1, "frames returned");
	check(page_map(page, old, PTE_WRITABLE) < 0, "a returned frame can still be mapped");
	check_eq(hypercall(memory_op, XENMEM_current_reservation, &self), before - 1,
		 "reservation after");
	r = reservation(frames, 1);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 0,
		 "frames returned a second time");
	frames[0] = ~0ul;
	r = reservation(frames, 1);
	check_eq(hypercall(memory_op, XENMEM_increase_reservation, &r), 1, "frames given");
	check(frames[0] != ~0ul, "no frame number came back");
	check_eq(hypercall(memory_op, XENMEM_current_reservation, &self), before,
		 "reservation at the end");
	if (frames[0] != ~0ul) {
		check_errno(page_map(page, frames[0], PTE_WRITABLE), 0, "map of the new frame");
		ACCESS_ONCE(*(u32 *)page) = 1;
	}

	/* A frame in use is not released. */
	frames[0] = frame_of((void *)start_info->pt_base);
	r = reservation(frames, 1);
	hypercall(memory_op, XENMEM_decrease_reservation, &r);
	check(page_map(page, frame_of((void *)start_info->pt_base), PTE_WRITABLE) < 0,
	      "the top table can be written after it was returned");
	check(pte_of(page), "the page tables are gone");

	frames[0] = FRAME_NONE;
	r = reservation(frames, 1);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 0, "frames beyond memory");
	r = reservation((void *)0x1000, 1);
	check_eq(hypercall(memory_op, XENMEM_decrease_reservation, &r), 0, "frames from nowhere");
	r = reservation(frames, 1);
	r.extent_order = 31;
	check(hypercall(memory_op, XENMEM_increase_reservation, &r) <= 0,
	      "an extent of 2^31 pages");
	r = reservation(frames, 1);
	r.domid = 1234;
	/* For these errors newer Xens return 0 extents, older ones an errno. */
	check(hypercall(memory_op, XENMEM_increase_reservation, &r) <= 0,
	      "domain 1234 was given a frame");
	check(hypercall(memory_op, XENMEM_increase_reservation, 0x1000) <= 0,
	      "a frame was given for a structure nowhere");
	check_errno(hypercall(memory_op, 63, 0), XEN_ENOSYS, "command 63");
	report_success();
}
