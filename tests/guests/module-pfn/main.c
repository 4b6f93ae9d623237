// SPDX-License-Identifier: MIT
/*
 * Claim: a kernel with the note MOD_START_PFN gets its module outside of the
 * boot mapping, named by its first pfn, with the flag that says so.
 *
 * Provoked by: such a kernel with a module; the page is mapped and read.
 *
 * Cannot tell: a module of many pages; the Linux tests' initramfs is one.
 */
#include <lib/test.h>

void test_main(void)
{
	static const char want[] = "a module that is found by its page number";
	u8 *window = page_alloc();
	u32 pfn = start_info->mod_start;

	check_eq(start_info->flags & SIF_MOD_START_PFN, SIF_MOD_START_PFN, "SIF_MOD_START_PFN");
	check_eq(start_info->mod_len, sizeof(want) - 1, "mod_len");
	require(pfn < start_info->nr_pages, "mod_start is %x", pfn);
	check_errno(page_map(window, frame_of_pfn(pfn), PTE_READONLY), 0, "map");
	check(!memcmp(window, want, sizeof(want) - 1), "the module is '%.42s'", window);
	/* The guest may map the module's frame like any other of its frames. */
	check_errno(page_map(window, frame_of_pfn(pfn), PTE_WRITABLE), 0, "map writable");
	window[0] = 'A';
	report_success();
}
