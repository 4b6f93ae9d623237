// SPDX-License-Identifier: MIT
/*
 * Claim: the machine-to-physical table is mapped read-only and is the inverse of the
 * p2m. machphys_mapping tells where it lies. MMU_MACHPHYS_UPDATE changes only the
 * entries of the guest's own frames.
 *
 * Provoked by: reading all entries that the p2m names, writing to the table, updating
 * one entry of the guest's and some of frames that are not the guest's.
 *
 * Cannot tell: the contents of entries of frames that are not the guest's.
 */
#include <lib/test.h>

void test_main(void)
{
	struct xen_machphys_mapping where = { 0 };
	u32 pfn, frame, wrong = 0;
	const u32 *table;

	check_errno(hypercall(memory_op, XENMEM_machphys_mapping, &where), 0, "machphys_mapping");
	if (on_ringfence()) {
		check_eq(where.v_start, MACH2PHYS_VIRT_START, "v_start");
		check_eq(where.v_end, MACH2PHYS_VIRT_END, "v_end");
	}
	check(where.max_mfn && where.max_mfn < (where.v_end - where.v_start) / 4, "max_mfn is %lx",
	      where.max_mfn);
	check_errno(hypercall(memory_op, XENMEM_machphys_mapping, 0x1000), XEN_EFAULT,
		    "machphys_mapping to nowhere");

	table = (const u32 *)where.v_start;
	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		wrong += table[frame_of_pfn(pfn)] != pfn;
	check_eq(wrong, 0, "entries that are not the inverse of the p2m");

	check_eq(probe_write((void *)&table[frame_of_pfn(0)], 0) >> 16, FAULT(X86_PF, 0) >> 16,
		 "vector of a write to the table");

	frame = frame_spare();
	pfn = table[frame];
	check_errno(mmu_update_one((u64)frame << 12 | MMU_MACHPHYS_UPDATE, 0x1234), 0,
		    "update of an own frame");
	check_eq(table[frame], 0x1234, "entry after the update");
	check_errno(mmu_update_one((u64)frame << 12 | MMU_MACHPHYS_UPDATE, pfn), 0, "update back");
	check_eq(table[frame], pfn, "entry after the update back");
	check(mmu_update_one((u64)(where.max_mfn + 1000) << 12 | MMU_MACHPHYS_UPDATE, 0) < 0,
	      "update of a frame beyond memory");
	check(mmu_update_one(0xffffffffff000ull | MMU_MACHPHYS_UPDATE, 0) < 0,
	      "update of a frame far beyond memory");
	report_success();
}
