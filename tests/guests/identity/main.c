// SPDX-License-Identifier: MIT
/*
 * Claim: a kernel with the note "Ringfence", type 1, value 1 has pfn == mfn. The kernel
 * lies where its program headers say; the p2m is the identity, with holes where the
 * machine has no RAM for the guest.
 *
 * Provoked by: being such a kernel, loaded at 16 MiB.
 *
 * Cannot tell: whether DMA works; the Linux tests show that.
 */
#include <lib/test.h>

static struct e820entry {
	u64 addr, size;
	u32 type;
} __attribute__((packed)) map[64];

static bool in_ram(const struct xen_memory_map *m, u32 pfn)
{
	u64 address = (u64)pfn << PAGE_SHIFT;
	u32 i;

	for (i = 0; i < m->nr_entries; i++)
		if (map[i].type == 1 && address >= map[i].addr &&
		    address + PAGE_SIZE <= map[i].addr + map[i].size)
			return true;
	return false;
}

void test_main(void)
{
	struct xen_memory_map m = { .nr_entries = ARRAY_SIZE(map) };
	u32 pfn, holes = 0, last = 0, va;
	extern char image_start[], image_end[];

	set_xen_guest_handle(m.buffer, (void *)map);
	check_errno(hypercall(memory_op, XENMEM_memory_map, &m), 0, "memory_map");
	for (pfn = 0; pfn < start_info->nr_pages; pfn++) {
		u32 frame = frame_of_pfn(pfn);

		if (frame == ~0u) {
			holes++;
			check(!in_ram(&m, pfn), "pfn %x is RAM in the map and a hole in the p2m",
			      pfn);
			continue;
		}
		check_eq(frame, pfn, "p2m[%x]", pfn);
		check(in_ram(&m, pfn), "pfn %x is ours and no RAM in the map", pfn);
		check_eq(m2p(NULL)[pfn], pfn, "m2p[%x]", pfn);
		last = pfn;
	}
	check(start_info->nr_pages > last, "nr_pages is %lx, the last page %x",
	      start_info->nr_pages, last);
	/* At least the monitor's image is a hole. */
	check(holes > 0, "there are no holes");
	check(frame_of_pfn(0x100) == ~0u, "frame 100, where the monitor was loaded, is ours");
	print("%lu pages, %u of them holes\n", start_info->nr_pages, holes);

	check_eq((u32)image_start, VIRT_BASE + 0x1000000, "load address");
	for (va = (u32)image_start; va < (u32)image_end; va += PAGE_SIZE)
		if (va != (u32)&shared_info)
			check_eq((pte_of((void *)va) & PTE_FRAME) >> PAGE_SHIFT,
				 (va - VIRT_BASE) >> PAGE_SHIFT, "frame of %x", va);
	/* The rest of the boot mapping too, the holes in it excepted. */
	for (va = VIRT_BASE; va < boot_regs.esp; va += PAGE_SIZE) {
		u64 entry = pte_of((void *)va);

		if (entry & PTE_P && va != (u32)&shared_info)
			check_eq((entry & PTE_FRAME) >> PAGE_SHIFT, (va - VIRT_BASE) >> PAGE_SHIFT,
				 "frame of %x", va);
	}
	report_success();
}
