// SPDX-License-Identifier: MIT
/*
 * Claim: a frame of RAM that is not the guest's own cannot be mapped, neither writable
 * nor read-only, cannot be pinned, and cannot be written by mmu_update.
 *
 * Provoked by: every frame from 1 MiB to the guest's highest frame that is not in the
 * p2m, among them the monitor's image and its tables.
 *
 * Cannot tell: RAM above the guest's highest frame. Frames below 1 MiB are the
 * firmware's and may be mapped, as an initial domain needs them.
 */
#include <lib/test.h>

void test_main(void)
{
	u8 *page = page_alloc();
	u32 home = frame_of(page), top = 0, pfn, frame, foreign = 0, next = 0;
	u8 *own; /* one byte a frame */

	for (pfn = 0; pfn < start_info->nr_pages; pfn++) {
		frame = frame_of_pfn(pfn);
		if (frame != ~0u && frame > top)
			top = frame;
	}
	own = pages_alloc(64);
	require(top < 64 * PAGE_SIZE, "the guest's highest frame is %x", top);
	for (pfn = 0; pfn < start_info->nr_pages; pfn++)
		if (frame_of_pfn(pfn) != ~0u)
			own[frame_of_pfn(pfn)] = 1;

	for (frame = 0x100; frame < top; frame++) {
		if (own[frame] || frame == start_info->shared_info >> PAGE_SHIFT)
			continue;
		/* Under a stock Xen the heap is large; every 16th is enough there. */
		if (!on_ringfence() && next++ % 16)
			continue;
		foreign++;
		if (!check(page_map(page, frame, PTE_WRITABLE) < 0, "frame %x was mapped writable",
			   frame) ||
		    !check(page_map(page, frame, PTE_READONLY) < 0, "frame %x was mapped read-only",
			   frame) ||
		    !check(mmuext(MMUEXT_PIN_L1_TABLE, frame, 0) < 0, "frame %x was pinned",
			   frame) ||
		    !check(mmu_update_one((u64)frame << PAGE_SHIFT, 0) < 0, "frame %x was written",
			   frame))
			page_map(page, home, PTE_WRITABLE);
	}
	print("%u frames of others were tried\n", foreign);
	require(foreign > 16, "there are only %u frames of others", foreign);
	check_errno(page_map(page, home, PTE_WRITABLE), 0, "map back");
	report_success();
}
