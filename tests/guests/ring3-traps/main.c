// SPDX-License-Identifier: MIT
/*
 * Claim: every fault of ring 3 reaches the guest kernel as the CPU reports it: vector,
 * error code, address of the instruction, an exception frame with ESP and SS. Privileged
 * instructions are #GP and are never carried out.
 *
 * Provoked by: one function of ring 3 for each fault, all run with and without the
 * upcall mask.
 *
 * Cannot tell: vectors of ring 1 (guests/trap-bounce); #AC (alignment-check).
 */
#include <lib/test.h>

static struct regs seen;
static u32 times;

/* Ends the function at once: EIP of the next instruction is in EDI. */
static bool record(struct regs *regs)
{
	seen = *regs;
	times++;
	regs->eip = regs->edi;
	regs->eflags &= ~EFLAGS_TF;
	return true;
}

/* at_*: where the fault is; the argument is in ECX. */
#define USER_INSN(name, insn)                                                                \
	USER_TEXT static u32 name(u32 argument)                                              \
	{                                                                                    \
		asm volatile("movl $2f, %%edi; movl $0x0badcafe, %%esi; xorl %%edx, %%edx\n" \
			     ".globl at_" #name "\nat_" #name ":\n" insn "\n2:\n"            \
			     :                                                               \
			     : "c"(argument)                                                 \
			     : "eax", "edx", "esi", "edi", "memory", "cc");                  \
		return 0x900d;                                                               \
	}                                                                                    \
	extern char at_##name[]

USER_INSN(divide_by_zero, "divl %%ecx");
USER_INSN(undefined, "ud2");
USER_INSN(read, "movl (%%ecx), %%eax");
USER_INSN(write, "movl %%eax, (%%ecx)");
USER_INSN(bounds, "bound %%eax, (%%ecx)");
USER_INSN(breakpoint, "int3");
USER_INSN(overflow, "int $4");
USER_INSN(interrupt, "int $0x83");
USER_INSN(plugin_gate, "int $0x81");
USER_INSN(halt, "hlt");
USER_INSN(cli, "cli");
USER_INSN(sti, "sti");
USER_INSN(load_gdt, "lgdt (%%ecx)");
USER_INSN(load_idt, "lidt (%%ecx)");
USER_INSN(load_ldt, "lldt %%cx");
USER_INSN(load_task, "ltr %%cx");
USER_INSN(read_cr0, "movl %%cr0, %%eax");
USER_INSN(write_cr3, "movl %%ecx, %%cr3");
USER_INSN(read_dr7, "movl %%dr7, %%eax");
USER_INSN(clear_ts, "clts");
USER_INSN(flush, "invd");
USER_INSN(flush_page, "invlpg (%%ecx)");
USER_INSN(read_msr, "rdmsr");
USER_INSN(write_msr, "wrmsr");
USER_INSN(load_kernel_ss, "movl %%ecx, %%ss");
USER_INSN(load_kernel_ds, "movl %%ecx, %%ds");
USER_INSN(step, "pushfl; orl $0x100, (%%esp); popfl; nop; nop");

USER_DATA static u32 data[4] = { 1, 2, 3, 4 };

static void expect(const char *name, u32 (*fn)(u32), u32 argument, u32 vector, u32 error,
		   const char *at)
{
	u32 mask;

	for (mask = 0; mask < 2; mask++) {
		trap_handler_t old = trap_handle(vector, record);

		times = 0;
		user_eflags = mask ? 0 : EFLAGS_IF;
		check_eq(user_call(fn, argument), 0x900d, "%s: value", name);
		trap_handle(vector, old);
		if (!check_eq(times, 1, "%s: handler runs", name))
			continue;
		check_eq(seen.error, error, "%s: error code", name);
		if (at)
			check_eq(seen.eip, (u32)at, "%s: eip", name);
		check_eq(seen.cs, FLAT_RING3_CS, "%s: cs", name);
		check_eq(seen.ss & 0xffff, FLAT_RING3_SS, "%s: ss", name);
		check_eq(seen.saved_mask & 0xff, mask, "%s: saved mask", name);
		check_eq(!!(seen.eflags & EFLAGS_IF), !mask, "%s: IF", name);
		check_eq(seen.eflags & EFLAGS_IOPL, 0, "%s: IOPL", name);
		check_eq(seen.esi, 0x0badcafe, "%s: esi", name);
	}
	user_eflags = EFLAGS_IF;
}

#define EXPECT(name, argument, vector, error) \
	expect(#name, name, (u32)(argument), vector, error, at_##name)

static u32 kernel_word;

static void faults(void)
{
	EXPECT(divide_by_zero, 0, X86_DE, 0);
	EXPECT(undefined, 0, X86_UD, 0);
	EXPECT(bounds, data, X86_BR, 0);
	EXPECT(read, 0x1000, X86_PF, PF_USER);
	check_eq(last_cr2, 0x1000, "cr2");
	EXPECT(write, 0x1004, X86_PF, PF_USER | PF_WRITE);
	EXPECT(read, &kernel_word, X86_PF, PF_USER | PF_PRESENT);
	EXPECT(write, &kernel_word, X86_PF, PF_USER | PF_PRESENT | PF_WRITE);
	EXPECT(write, at_write, X86_PF, PF_USER | PF_PRESENT | PF_WRITE);
	/* The m2p is for the kernel; below the segments' limit, not for ring 3. */
	EXPECT(read, m2p(NULL), X86_PF, PF_USER | PF_PRESENT);
	expect("int3", breakpoint, 0, X86_BP, 0, at_breakpoint + 1);
	expect("int $4", overflow, 0, X86_OF, 0, at_overflow + 2);
	expect("single step", step, 0, X86_DB, 0, NULL);
}

static void privileged(void)
{
	/* QEMU in long mode, which a stock Xen is in, has another error code for int. */
	if (on_ringfence()) {
		EXPECT(interrupt, 0, X86_GP, 0x83 << 3 | 2);
		EXPECT(plugin_gate, 0, X86_GP, PLUGIN_GATE << 3 | 2);
	}
	EXPECT(halt, 0, X86_GP, 0);
	EXPECT(cli, 0, X86_GP, 0);
	EXPECT(sti, 0, X86_GP, 0);
	EXPECT(load_gdt, data, X86_GP, 0);
	EXPECT(load_idt, data, X86_GP, 0);
	EXPECT(load_ldt, 0, X86_GP, 0);
	EXPECT(load_task, 0, X86_GP, 0);
	EXPECT(read_cr0, 0, X86_GP, 0);
	EXPECT(write_cr3, 0, X86_GP, 0);
	EXPECT(read_dr7, 0, X86_GP, 0);
	EXPECT(clear_ts, 0, X86_GP, 0);
	EXPECT(flush, 0, X86_GP, 0);
	EXPECT(flush_page, data, X86_GP, 0);
	EXPECT(read_msr, 0x10, X86_GP, 0);
	EXPECT(write_msr, 0x10, X86_GP, 0);
	EXPECT(load_kernel_ss, FLAT_RING1_SS, X86_GP, FLAT_RING1_SS & ~3);
	EXPECT(load_kernel_ds, FLAT_RING1_DS, X86_GP, FLAT_RING1_DS & ~3);
}

void test_main(void)
{
	user_init();
	faults();
	privileged();
	report_success();
}
