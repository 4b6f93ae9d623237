// SPDX-License-Identifier: MIT
/*
 * Claim: fpu_taskswitch(1) makes the next FPU instruction a #NM of the guest,
 * once: TS is clear when the handler runs. fpu_taskswitch(0) takes it back.
 * The FPU's contents do not change.
 *
 * Provoked by: x87 and SSE instructions after each.
 *
 * Cannot tell: lazy switching between guest and plugin; plugin-fpu does.
 */
#include <lib/test.h>

static volatile u32 times;

static bool count(struct regs *regs)
{
	(void)regs;
	times++;
	return true;
}

static void expect(u32 want, const char *name)
{
	u32 value = 0;
	float f = 0;

	times = 0;
	asm volatile("fsts %0" : "=m"(f));
	asm volatile("movl %1, %0" : "=r"(value) : "m"(f));
	check_eq(times, want, "%s: #NM", name);
	check_eq(value, 0x40490fdb, "%s: st(0)", name);
	asm volatile("movd %%xmm3, %0" : "=r"(value));
	check_eq(times, want, "%s: #NM after SSE", name);
	check_eq(value, 0x5eed5eed, "%s: xmm3", name);
}

void test_main(void)
{
	trap_handle(X86_NM, count);
	asm volatile("fninit; fldpi");
	asm volatile("movd %0, %%xmm3" : : "r"(0x5eed5eed));
	expect(0, "at first");
	check_errno(hypercall(fpu_taskswitch, 1), 0, "set");
	expect(1, "after 1");
	expect(0, "once more");
	check_errno(hypercall(fpu_taskswitch, 1), 0, "set");
	check_errno(hypercall(fpu_taskswitch, 1), 0, "set twice");
	expect(1, "after 1 and 1");
	check_errno(hypercall(fpu_taskswitch, 1), 0, "set");
	check_errno(hypercall(fpu_taskswitch, 0), 0, "clear");
	expect(0, "after 1 and 0");
	report_success();
}
