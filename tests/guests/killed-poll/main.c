// SPDX-License-Identifier: MIT
/*
 * Claim: a guest that waits for what cannot come is ended, not left asleep.
 *
 * Provoked by: SCHEDOP_poll of no ports, without time-out, upcalls masked.
 *
 * Cannot tell: a block with every port masked, which an operator's interrupt
 * could still end; must-fail/success-then-block has that.
 */
#include <lib/test.h>

void test_main(void)
{
	struct sched_poll nothing = { 0 };

	upcalls_off();
	hypercall(sched_op, SCHEDOP_poll, &nothing);
	report_failure("the guest woke up");
}
