// SPDX-License-Identifier: MIT
/*
 * Claim: the guest sets and reads its debug registers by hypercalls, for its own
 * addresses only. A data breakpoint raises #DB with DR6 set; no breakpoint can be set on
 * the monitor.
 *
 * Provoked by: setting and reading back each register, a write to a watched word,
 * addresses in the monitor, and general detect (DR7.GD).
 *
 * Cannot tell: breakpoints while a plugin runs (rows 14 and 15 of the escapes).
 */
#include <lib/test.h>

static volatile u32 times, dr6;
static volatile u32 watched;

static bool on_debug(struct regs *regs)
{
	(void)regs;
	times++;
	dr6 = hypercall(get_debugreg, 6);
	return true;
}

void test_main(void)
{
	u32 i;

	for (i = 0; i < 4; i++) {
		check_errno(hypercall(set_debugreg, i, 0xc0100000 + i * 16), 0, "set dr%u", i);
		check_eq((u32)hypercall(get_debugreg, i), 0xc0100000 + i * 16, "dr%u", i);
		/* A 64-bit Xen accepts all of these addresses. */
		if (on_ringfence())
			check_errno(hypercall(set_debugreg, i, 0xffff0000 + i), XEN_EPERM,
				    "dr%u in the monitor", i);
		check_eq((u32)hypercall(get_debugreg, i), 0xc0100000 + i * 16, "dr%u after refusal",
			 i);
		check_errno(hypercall(set_debugreg, i, 0), 0, "clear dr%u", i);
	}
	check(hypercall(set_debugreg, 8, 0) < 0, "dr8 was set");
	check(hypercall(set_debugreg, ~0u, 0) < 0, "dr-1 was set");
	/* General detect would trap the monitor's own accesses: refused or dropped. */
	if (!hypercall(set_debugreg, 7, 0x2000))
		check_eq(hypercall(get_debugreg, 7) & 0x2000, 0, "general detect in dr7");

	/* Watch four bytes for writing: dr0, L0, R/W0 = 1, LEN0 = 3. */
	trap_handle(X86_DB, on_debug);
	check_errno(hypercall(set_debugreg, 6, 0), 0, "clear dr6");
	check_errno(hypercall(set_debugreg, 0, &watched), 0, "set dr0");
	check_errno(hypercall(set_debugreg, 7, 0x000d0001), 0, "set dr7");
	times = 0;
	watched = 1;
	check_eq(times, 1, "#DB of a watched write");
	check_eq(dr6 & 0xf, 1, "dr6");
	(void)watched;
	check_eq(times, 1, "#DB of a read");
	check_errno(hypercall(set_debugreg, 7, 0), 0, "clear dr7");
	watched = 2;
	check_eq(times, 1, "#DB after clearing dr7");
	report_success();
}
