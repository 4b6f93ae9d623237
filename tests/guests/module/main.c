// SPDX-License-Identifier: MIT
/*
 * Claim: the second multiboot module reaches the guest whole: mod_start and mod_len name
 * its bytes in the boot mapping, between kernel and p2m.
 *
 * Provoked by: being booted with a module.
 *
 * Cannot tell: SIF_MOD_START_PFN, which this guest does not ask for.
 */
#include <lib/test.h>

extern char image_end[];

void test_main(void)
{
	const char *text = (const char *)start_info->mod_start;
	static const char want[] = "a module of a few words, odd in length";

	check_eq(start_info->flags & SIF_MOD_START_PFN, 0, "SIF_MOD_START_PFN");
	check_eq(start_info->mod_len, sizeof(want) - 1, "mod_len");
	if (check(start_info->mod_start >= (u32)image_end, "mod_start is %lx",
		  start_info->mod_start))
		check(!memcmp(text, want, sizeof(want) - 1), "the module is '%.40s'", text);
	check(start_info->mfn_list >= start_info->mod_start + start_info->mod_len,
	      "the p2m %lx begins inside the module", start_info->mfn_list);
	report_success();
}
