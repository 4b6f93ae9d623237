// SPDX-License-Identifier: MIT
/*
 * Claim: an iret to ring 3 whose data selectors no longer load enters the failsafe
 * callback, with the selectors as words on its stack, and does not fault in the monitor.
 *
 * Provoked by: a GS whose descriptor the guest kernel clears before the monitor returns
 * to ring 3.
 *
 * Cannot tell: a monitor that loads null instead, which is as safe. The test accepts
 * both, but not that the guest is killed.
 */
#include <lib/segment.h>
#include <lib/test.h>

#define SLOT 6

static u64 *gdt;
static volatile u32 failsafes, taken;

USER_TEXT static u32 user_gs(u32 selector)
{
	u32 gs;

	asm volatile("movl %0, %%gs" : : "r"(selector));
	user_syscall(1, 0, 0);
	asm volatile("movl %%gs, %0" : "=r"(gs));
	return gs & 0xffff;
}

static bool on_syscall(struct regs *regs)
{
	if (regs->eax == USER_EXIT)
		user_leave(regs->ebx);
	check_errno(gdt_set(gdt, SLOT, 0), 0, "descriptor taken away");
	taken++;
	/* The library's exit path pops GS in ring 1: give it a selector that loads. */
	regs->gs = 0;
	return true;
}

static bool on_failsafe(struct regs *regs)
{
	failsafes++;
	(void)regs;
	return true;
}

void test_main(void)
{
	u32 gs;

	gdt = gdt_load();
	trap_handle(VECTOR_SYSCALL, on_syscall);
	trap_handle(VECTOR_FAILSAFE, on_failsafe);
	user_init();
	check_errno(gdt_set(gdt, SLOT, descriptor(0, 0xffff, DESC_DATA | DESC_DPL(3))), 0,
		    "data segment");
	gs = user_call(user_gs, SELECTOR(SLOT, 3));
	check_eq(taken, 1, "system calls");
	check_eq(gs, 0, "gs after its descriptor went");
	print("%u failsafe callbacks\n", failsafes);

	/* The same selector loaded in ring 1 when its descriptor is cleared. */
	check_errno(gdt_set(gdt, SLOT, descriptor(0, 0xffff, DESC_DATA | DESC_DPL(1))), 0,
		    "data segment");
	asm volatile("movl %0, %%gs" : : "r"(SELECTOR(SLOT, 1)));
	check_errno(gdt_set(gdt, SLOT, 0), 0, "descriptor taken away under ring 1");
	asm volatile("movl %%gs, %0" : "=r"(gs));
	hypercall(xen_version, XENVER_version);
	asm volatile("movl %0, %%gs" : : "r"(0));
	report_success();
}
