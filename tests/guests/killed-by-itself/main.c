// SPDX-License-Identifier: MIT
/*
 * Claim: a guest that asks to be crashed is, with its own exit status.
 *
 * Provoked by: SHUTDOWN_crash.
 *
 * Cannot tell: other reasons; the must-fail set has reboot and suspend.
 */
#include <lib/test.h>

void test_main(void)
{
	shutdown(SHUTDOWN_crash);
}
