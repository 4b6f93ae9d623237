// SPDX-License-Identifier: MIT
/*
 * Claim: set_trap_table installs, replaces and clears entries. TI_GET_IF masks upcalls
 * on entry. A code selector with RPL 0 gets RPL 1. A table with an unreadable entry is
 * -EFAULT and leaves the entries that were installed before.
 *
 * Provoked by: int3 after each change, and tables at invalid addresses.
 *
 * Cannot tell: what happens to a trap without an entry; guests/killed-no-handler shows
 * that it ends the guest.
 */
#include <lib/test.h>

static volatile u32 times, mask_inside, other_times;

static bool count(struct regs *regs)
{
	times++;
	mask_inside = vcpu0.evtchn_upcall_mask;
	check_eq(regs->saved_mask & 0xff, 0, "saved mask");
	return true;
}

static bool other(struct regs *regs)
{
	(void)regs;
	other_times++;
	return true;
}

static void breakpoint(const char *name, u32 mask)
{
	times = 0;
	mask_inside = 0xff;
	vcpu0.evtchn_upcall_mask = 0;
	asm volatile("int3" ::: "memory");
	check_eq(times, 1, "%s: handler runs", name);
	check_eq(mask_inside, mask, "%s: mask in the handler", name);
	check_eq(vcpu0.evtchn_upcall_mask, 0, "%s: mask after", name);
}

void test_main(void)
{
	u32 entry = trap_entries[X86_BP];
	static struct trap_info many[3];

	trap_handle(X86_BP, count);
	breakpoint("as loaded", 0);

	check_errno(trap_set(X86_BP, 4, FLAT_RING1_CS, entry), 0, "set with TI_GET_IF");
	breakpoint("TI_GET_IF", 1);
	check_errno(trap_set(X86_BP, 3 | 4, FLAT_RING1_CS, entry), 0, "set with DPL 3, TI_GET_IF");
	breakpoint("TI_GET_IF and DPL 3", 1);
	check_errno(trap_set(X86_BP, 3, FLAT_RING1_CS, entry), 0, "set");
	breakpoint("set again", 0);
	check_errno(trap_set(X86_BP, 3, FLAT_RING1_CS & ~3, entry), 0, "set with RPL 0");
	breakpoint("selector with RPL 0", 0);

	/* The entry point of another vector as handler of this one is accepted. */
	trap_handle(X86_UD, other);
	check_errno(trap_set(X86_BP, 3, FLAT_RING1_CS, trap_entries[X86_UD]), 0, "set elsewhere");
	asm volatile("int3");
	check_eq(other_times, 1, "runs of the other handler");

	/* Entries are installed in order; a table that reaches an unmapped page is -EFAULT. */
	many[0] = (struct trap_info){ X86_BP, 3, FLAT_RING1_CS, entry };
	check_errno(hypercall(set_trap_table, many), 0, "table of one");
	breakpoint("table of one", 0);
	check_errno(hypercall(set_trap_table, 0x1000), XEN_EFAULT, "table nowhere");
	check_errno(hypercall(set_trap_table, 0xfffff000), XEN_EFAULT, "table in the monitor");
	check_errno(hypercall(set_trap_table, 0xfffffffc), XEN_EFAULT, "table over the end");
	breakpoint("after bad tables", 0);

	/* Address 0 clears all entries; reload the table. */
	check_errno(hypercall(set_trap_table, 0), 0, "clear");
	check_errno(trap_init(), 0, "reload");
	breakpoint("reloaded", 0);
	report_success();
}
