// SPDX-License-Identifier: MIT
/*
 * Claim: the monitor ends a guest that waits for an event which cannot come.
 *
 * Provoked by: SCHEDOP_poll of no ports, without timeout, with upcalls masked.
 *
 * Cannot tell: a block with every port masked, which an interrupt of the console could
 * still end; must-fail/success-then-block tests that.
 */
#include <lib/test.h>

void test_main(void)
{
	struct sched_poll nothing = { 0 };

	upcalls_off();
	hypercall(sched_op, SCHEDOP_poll, &nothing);
	report_failure("the guest woke up");
}
