// SPDX-License-Identifier: MIT
/*
 * Claim: update_va_mapping changes the entry that maps an address in the page tables in
 * use, flushes what its flags say, and refuses addresses without a page table, addresses
 * of the monitor, and invalid values.
 *
 * Provoked by: swapping two frames at one address with every flush type, and reading
 * through the address afterwards.
 *
 * Cannot tell: flushes of other vcpus.
 */
#include <lib/test.h>

static void swap(u8 *va, u32 a, u32 b)
{
	static const u32 flushes[] = { UVMF_INVLPG | UVMF_LOCAL, UVMF_INVLPG | UVMF_ALL,
				       UVMF_TLB_FLUSH | UVMF_LOCAL, UVMF_TLB_FLUSH | UVMF_ALL };
	u32 i, round;

	for (i = 0; i < ARRAY_SIZE(flushes); i++)
		for (round = 0; round < 4; round++) {
			u32 frame = round & 1 ? a : b;

			check_errno(update_va_mapping(va, pte(frame, PTE_WRITABLE), flushes[i]), 0,
				    "flags %x", flushes[i]);
			check_eq(ACCESS_ONCE(*(u32 *)va), frame, "frame seen after flags %x",
				 flushes[i]);
		}
	/* UVMF_NONE flushes nothing: MMUEXT_INVLPG_LOCAL does so afterwards. */
	check_errno(update_va_mapping(va, pte(b, PTE_WRITABLE), UVMF_NONE), 0, "no flush");
	check_errno(mmuext(MMUEXT_INVLPG_LOCAL, (u32)va, 0), 0, "invlpg");
	check_eq(ACCESS_ONCE(*(u32 *)va), b, "frame seen after invlpg");
}

void test_main(void)
{
	u8 *page = page_alloc();
	u32 home = frame_of(page), other = frame_spare();
	u64 before;

	*(u32 *)page = home;
	check_errno(page_map(page, other, PTE_WRITABLE), 0, "map");
	*(u32 *)page = other;
	swap(page, home, other);

	check_errno(page_map(page, 0, 0), 0, "unmap");
	check_eq(probe_read(page, NULL), FAULT(X86_PF, 0), "read of an unmapped page");
	check_errno(page_map(page, home, PTE_READONLY), 0, "map read-only");
	check_eq(probe_write(page, 0), FAULT(X86_PF, PF_PRESENT | PF_WRITE), "write to it");
	check_errno(page_map(page, home, PTE_WRITABLE | PTE_NX), 0, "map without execution");
	*page = 0xc3;
	check_eq(probe_call(page), FAULT(X86_PF, PF_PRESENT | PF_FETCH), "fetch from it");
	check_errno(page_map(page, home, PTE_WRITABLE), 0, "map");
	check_eq(probe_call(page), 0, "fetch from it");

	before = pte_of(page);
	check(page_map((void *)0x00400000, home, PTE_WRITABLE) < 0,
	      "an address without a table was mapped");
	check(page_map((void *)HYPERVISOR_VIRT_START, home, PTE_WRITABLE) < 0,
	      "an address of the m2p was mapped");
	check(page_map((void *)0xfc000000, home, PTE_WRITABLE) < 0,
	      "an address of the monitor was mapped");
	check(page_map((void *)0xfffff000, home, PTE_WRITABLE) < 0, "the last address was mapped");
	check(page_map(page, FRAME_NONE, PTE_WRITABLE) < 0, "a frame beyond memory was mapped");
	check(page_map(page, frame_of((void *)start_info->pt_base), PTE_WRITABLE) < 0,
	      "a page table was mapped writable");
	check_errno(page_map(page, frame_of((void *)start_info->pt_base), PTE_READONLY), 0,
		    "map a page table read-only");
	check_errno(update_va_mapping(page, before, UVMF_INVLPG), 0, "map back");
	check_eq(pte_of(page), before, "entry at the end");
	report_success();
}
