// SPDX-License-Identifier: MIT
/*
 * Claim: HYPERVISOR_iret goes to ring 1 and to ring 3, restores EAX and the upcall mask
 * (from IF), and accepts only the flags that a ring may have: IF stays set, IOPL stays
 * 0.
 *
 * Provoked by: iret frames with each flag set, into code that reads its own flags,
 * selectors and registers.
 *
 * Cannot tell: what happens to invalid frames; they end the guest, see the guests
 * killed-iret-*.
 */
#include <lib/test.h>

u32 landed_eax, landed_flags, landed_cs;

/* iret within ring 1 with these flags; returns the flags found afterwards. */
static u32 iret_ring1(u32 eflags)
{
	landed_flags = eflags;
	asm volatile("pushl landed_flags; pushl %[cs]; pushl $1f; movl $0x600dcafe, %%eax\n"
		     "jmp hypercall_page + 23 * 32\n"
		     "1: movl %%eax, landed_eax; pushfl; popl landed_flags; movw %%cs, landed_cs\n"
		     "cld; pushfl; andl $~0x44100, (%%esp); popfl"
		     :
		     : [cs] "i"(FLAT_RING1_CS)
		     : "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
	check_eq(landed_eax, 0x600dcafe, "eax with flags %x", eflags);
	check_eq(landed_cs & 0xffff, FLAT_RING1_CS, "cs with flags %x", eflags);
	return landed_flags;
}

static void ring1(void)
{
	const u32 status = 0x8d5; /* CF PF AF ZF SF OF */

	check_eq(iret_ring1(EFLAGS_ONE | EFLAGS_IF | status) & ~EFLAGS_ID,
		 EFLAGS_ONE | EFLAGS_IF | status, "status flags");
	check_eq(vcpu0.evtchn_upcall_mask, 0, "mask after IF");
	check_eq(iret_ring1(EFLAGS_ONE) & EFLAGS_IF, EFLAGS_IF, "real IF after a clear IF");
	check_eq(vcpu0.evtchn_upcall_mask, 1, "mask after a clear IF");
	check_eq(iret_ring1(EFLAGS_ONE | EFLAGS_IF | EFLAGS_DF) & EFLAGS_DF, EFLAGS_DF, "DF");
	check_eq(iret_ring1(EFLAGS_ONE | EFLAGS_IF | EFLAGS_IOPL) & EFLAGS_IOPL, 0, "IOPL");
	check_eq(vcpu0.evtchn_upcall_mask, 0, "mask");
	check_eq(iret_ring1(EFLAGS_ONE | EFLAGS_IF | EFLAGS_NT) & EFLAGS_NT, EFLAGS_NT, "NT");
	check_eq(iret_ring1(EFLAGS_ONE | EFLAGS_IF | EFLAGS_AC) & EFLAGS_AC, EFLAGS_AC, "AC");
	iret_ring1(EFLAGS_IF);
}

USER_DATA static struct {
	u32 cs, ss, ds, flags, argument;
} user_seen = { 1, 1, 1, 1, 1 };

USER_TEXT static u32 user_look(u32 argument)
{
	asm volatile("movl %%cs, %0; movl %%ss, %1; movl %%ds, %2; pushfl; popl %3"
		     : "=r"(user_seen.cs), "=r"(user_seen.ss), "=r"(user_seen.ds),
		       "=r"(user_seen.flags));
	user_seen.argument = argument;
	return argument + 1;
}

/* Ring 3 must not see the guest kernel's pages; it is supervisor memory. */
USER_TEXT static u32 user_read(u32 address)
{
	u32 value = 0;

	asm volatile("1: movl (%1), %0\n2:\n" EXTABLE("1b", "2b") : "+r"(value) : "r"(address));
	return value;
}

USER_TEXT static u32 user_cli(u32 unused)
{
	(void)unused;
	asm volatile("1: cli\n2:\n" EXTABLE("1b", "2b"));
	return 0;
}

USER_TEXT static u32 user_int3(u32 unused)
{
	(void)unused;
	asm volatile("1: int3\n2:\n" EXTABLE("2b", "2b"));
	return 7;
}

USER_TEXT static u32 user_int90(u32 unused)
{
	(void)unused;
	asm volatile("int $0x90");
	return 9;
}

USER_TEXT static u32 user_gate(u32 unused)
{
	(void)unused;
	asm volatile("1: int $0x82\n2:\n" EXTABLE("1b", "2b"));
	return 0;
}

static u32 kernel_word = 0x6b65726e;
static struct regs seen;

static bool record(struct regs *regs)
{
	seen = *regs;
	return true;
}

static bool refuse(struct regs *regs)
{
	seen = *regs;
	regs->eip += 2; /* over the int */
	return true;
}

static void ring3(void)
{
	user_init();
	check_eq(user_call(user_look, 41), 42, "value of a ring-3 function");
	check_eq(user_seen.cs & 0xffff, FLAT_RING3_CS, "cs in ring 3");
	check_eq(user_seen.ss & 0xffff, FLAT_RING3_SS, "ss in ring 3");
	check_eq(user_seen.ds & 0xffff, FLAT_RING3_DS, "ds in ring 3");
	check_eq(user_seen.argument, 41, "argument");
	check(user_seen.flags & EFLAGS_IF, "ring 3 runs with interrupts off");
	check_eq(user_seen.flags & EFLAGS_IOPL, 0, "IOPL in ring 3");

	probe_fault = 0;
	user_call(user_read, (u32)&kernel_word);
	check_eq(probe_fault, FAULT(X86_PF, PF_PRESENT | PF_USER), "read of kernel memory");
	check_eq(last_cr2, (u32)&kernel_word, "cr2 of it");
	probe_fault = 0;
	user_call(user_cli, 0);
	check_eq(probe_fault, FAULT(X86_GP, 0), "cli in ring 3");
	/* Vector 0x82 is the kernel's gate; a 64-bit Xen treats it differently. */
	if (on_ringfence()) {
		probe_fault = 0;
		user_call(user_gate, 0);
		check_eq(probe_fault, FAULT(X86_GP, 0x82 << 3 | 2), "int 0x82 in ring 3");
	}

	/* A trap of DPL 3 from ring 3 comes with ESP and SS, on the stack_switch stack. */
	trap_handle(X86_BP, record);
	check_eq(user_call(user_int3, 0), 7, "int3 in ring 3");
	trap_handle(X86_BP, NULL);
	check_eq(seen.cs, FLAT_RING3_CS, "cs of a ring-3 frame");
	check_eq(seen.ss & 0xffff, FLAT_RING3_SS, "ss of a ring-3 frame");
	check(seen.esp > (u32)&user_seen - 64 * PAGE_SIZE && seen.esp < 0xf5800000,
	      "esp of a ring-3 frame: %x", seen.esp);
	/*
	 * Another vector, with and without the right. (Not on a stock Xen: in
	 * long mode QEMU gives `int n` another error code than the CPU does.)
	 */
	if (on_ringfence()) {
		check_errno(trap_set(0x90, 3, FLAT_RING1_CS, trap_entries[0x90]), 0, "DPL 3");
		trap_handle(0x90, record);
		seen.vector = 0;
		check_eq(user_call(user_int90, 0), 9, "int $0x90 in ring 3");
		check_eq(seen.vector, 0x90, "vector of int $0x90");
		trap_handle(X86_GP, refuse);
		check_errno(trap_set(0x90, 1, FLAT_RING1_CS, trap_entries[0x90]), 0, "DPL 1");
		check_eq(user_call(user_int90, 0), 9, "int $0x90 refused in ring 3");
		trap_handle(X86_GP, NULL);
		check_eq(seen.vector, X86_GP, "vector of a refused int $0x90");
		check_eq(seen.error, 0x90 << 3 | 2, "error code of a refused int $0x90");
	}

	/* Flags asked for by the frame into ring 3. */
	user_eflags = EFLAGS_IF | EFLAGS_IOPL;
	user_call(user_look, 0);
	check_eq(user_seen.flags & EFLAGS_IOPL, 0, "IOPL in ring 3 when it was asked for");
	user_eflags = EFLAGS_IF | EFLAGS_AC | EFLAGS_CF;
	user_call(user_look, 0);
	check_eq(user_seen.flags & EFLAGS_AC, EFLAGS_AC, "AC in ring 3");
	user_eflags = 0;
	user_call(user_look, 0);
	check(user_seen.flags & EFLAGS_IF, "ring 3 runs with interrupts off");
	check_eq(vcpu0.evtchn_upcall_mask, 1, "mask after iret to ring 3 without IF");
	user_eflags = EFLAGS_IF;
}

void test_main(void)
{
	ring1();
	ring3();
	report_success();
}
