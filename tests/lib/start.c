// SPDX-License-Identifier: MIT
/* The start of a guest: initialisation, test_main(), and the last line. */
#include <lib/test.h>

struct boot_regs boot_regs;
struct start_info *start_info;

bool on_ringfence(void)
{
	xen_extraversion_t extra = { 0 };

	hypercall(xen_version, XENVER_extraversion, extra);
	return strstr(extra, "ringfence");
}

void lib_start(void);
void lib_start(void)
{
	long error;

	start_info = (struct start_info *)boot_regs.esi;
	print("--- micro-guest %s ---\n", test_name);

	error = update_va_mapping(&shared_info, start_info->shared_info | PTE_WRITABLE,
				  UVMF_INVLPG);
	if (error)
		report_error("shared_info cannot be mapped: %ld", error);
	error = trap_init();
	if (error)
		report_error("set_trap_table: %ld", error);
	error = event_init();
	if (error)
		report_error("set_callbacks: %ld", error);
	test_main();
	report_end();
}
