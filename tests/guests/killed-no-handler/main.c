// SPDX-License-Identifier: MIT
/*
 * Claim: a trap without an entry in the trap table ends the guest; the logged reason
 * names vector and address.
 *
 * Provoked by: ud2 with an empty table.
 *
 * Cannot tell: other vectors; the monitor treats them in the same way.
 */
#include <lib/test.h>

void test_main(void)
{
	check_errno(hypercall(set_trap_table, 0), 0, "clear");
	asm volatile("ud2");
	report_failure("the guest survived");
}
