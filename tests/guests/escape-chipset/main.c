// SPDX-License-Identifier: MIT
/*
 * Claim: nothing outside of the CPU that ring 1 can reach changes what an
 * address means, where the CPU's tables lie, or who runs (the rows of
 * tests/kernel-escapes.toml).
 *
 * Provoked by: the attacks in the other files, each as a hostile guest kernel
 * makes it, on the chipsets i440FX and Q35 of QEMU and i440FX of Bochs, and on Q35 with
 * a PCI bridge.
 * "only=N" on the command line makes one attack alone, to see it succeed on a
 * monitor that does not hold.
 *
 * Cannot tell: what other chipsets have; DMA, which is trusted.
 */
#include "attacks.h"
#include <lib/chance.h>

u32 attacks;

void kernel_row(u32 row)
{
	if (!attacks)
		report_error("row %u is said to be proven, and nothing was tried", row);
	else if (!report_failed())
		print("kernel escape %u: stopped (%u attacks)\n", row, attacks);
	attacks = 0;
}

bool wanted(u32 row)
{
	u32 only = option("only=", 0);

	return !only || only == row;
}

static volatile u32 fired;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	fired = 1;
}

void test_main(void)
{
	long port = event_bind_virq(VIRQ_TIMER);

	if (!on_ringfence()) {
		report_skip("stock Xen lets its initial domain do most of it");
		return;
	}
	attack_a20();
	attack_ports();
	attack_smm();
	attack_configuration();
	attack_bars();
	attack_frames();
	attack_bridge();
	/* Interrupts of the PIC and the PIT still arrive. */
	require(port > 0, "no timer port: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	set_timer(clock_ns() + MS(10));
	check(event_wait(&fired, 2000), "no timer event after the attacks");
	report_success();
}
