// SPDX-License-Identifier: MIT
/*
 * Claim: SHUTDOWN_crash ends the guest with the exit status of a crash.
 *
 * Provoked by: SHUTDOWN_crash.
 *
 * Cannot tell: other reasons; tests/must-fail has reboot and suspend.
 */
#include <lib/test.h>

void test_main(void)
{
	shutdown(SHUTDOWN_crash);
}
