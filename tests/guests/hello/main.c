// SPDX-License-Identifier: MIT
/*
 * Claim: a Xen PV kernel of one page starts, prints and powers off.
 *
 * Provoked by: being booted. The library has mapped shared_info, loaded a
 * trap table and registered callbacks before test_main() runs.
 *
 * Cannot tell: whether anything but the console and the power-off is right.
 */
#include <lib/test.h>

void test_main(void)
{
	print("hello from ring %u\n", boot_regs.cs & 3);
	check_eq(boot_regs.cs & 3, 1, "ring of the first instruction");
	report_success();
}
