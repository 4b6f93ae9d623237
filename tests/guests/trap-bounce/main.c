// SPDX-License-Identifier: MIT
/*
 * Claim: every exception of ring 1 reaches the guest's handler with Xen's exception
 * frame: error code where the vector has one, EIP of the instruction (faults) or behind
 * it (traps), CS with the saved upcall mask, EFLAGS whose IF is the inverted mask, on
 * the stack in use. All other registers are unchanged.
 *
 * Provoked by: an instruction for each exception, with upcalls unmasked and masked.
 *
 * Cannot tell: #AC (ring 3 only); #DF, #MC and NMI, which the monitor handles.
 */
#include <lib/test.h>

static struct regs seen;
static u32 seen_at, times, mask_inside;

/* Resumes at the label every provocation has put into EDI. */
static bool record(struct regs *regs)
{
	seen = *regs;
	seen_at = (u32)regs;
	mask_inside = vcpu0.evtchn_upcall_mask;
	times++;
	regs->eip = regs->edi;
	return true;
}

/*
 * Runs insn with known registers; the fault's address is label 1, the next
 * instruction's is label 2. Gives ESP at the instruction.
 */
#define PROVOKE(insn, eax_value, ebx_value)                                                  \
	({                                                                                   \
		u32 at_, a_ = (eax_value), b_ = (ebx_value);                                 \
		asm volatile("movl $1f, at_insn; movl $2f, after_insn\n"                     \
			     "xorl %%edx, %%edx; movl $2f, %%edi; movl $0x51515151, %%esi\n" \
			     "movl %%esp, %[esp]\n"                                          \
			     "1: " insn "\n2:\n"                                             \
			     : [esp] "=m"(at_), "+a"(a_), "+b"(b_)                           \
			     :                                                               \
			     : "ecx", "edx", "esi", "edi", "memory", "cc");                  \
		at_;                                                                         \
	})
u32 at_insn, after_insn;

static void check_frame(const char *name, u32 vector, u32 error, bool after, u32 esp)
{
	u8 mask = vcpu0.evtchn_upcall_mask;

	if (!check_eq(times, 1, "%s: handler runs", name))
		return;
	check_eq(seen.vector, vector, "%s: vector", name);
	check_eq(seen.error, error, "%s: error code", name);
	check_eq(seen.eip, after ? after_insn : at_insn, "%s: eip", name);
	check_eq(seen.cs, FLAT_RING1_CS, "%s: cs", name);
	check_eq(seen.saved_mask & 0xff, mask, "%s: saved mask", name);
	check_eq(mask_inside, mask, "%s: mask in the handler", name);
	check_eq(!!(seen.eflags & EFLAGS_IF), !mask, "%s: IF in the frame", name);
	check_eq(seen.eflags & EFLAGS_IOPL, 0, "%s: IOPL in the frame", name);
	check_eq(seen.esi, 0x51515151, "%s: esi", name);
	check_eq(seen.ds, FLAT_RING1_DS, "%s: ds", name);
	/* struct regs ends with eflags for a frame from ring 1. */
	check_eq(seen_at + offsetof(struct regs, esp), esp, "%s: end of the frame", name);
}

#define CASE(name, vector, error, after, insn, ...)                \
	do {                                                       \
		trap_handler_t old_ = trap_handle(vector, record); \
		u32 esp_at_;                                       \
		times = 0;                                         \
		esp_at_ = PROVOKE(insn, ##__VA_ARGS__);            \
		check_frame(name, vector, error, after, esp_at_);  \
		trap_handle(vector, old_);                         \
	} while (0)

static u8 target[PAGE_SIZE] PAGE_BUFFER;
static u32 bounds[2] = { 1, 2 };

static void provoke_all(void)
{
	check_errno(page_map(target, 0, 0), 0, "unmap");
	CASE("div", X86_DE, 0, false, "divl %%ebx", 1, 0);
	CASE("int3", X86_BP, 0, true, "int3", 0, 0);
	CASE("int $3", X86_BP, 0, true, "int $3", 0, 0);
	CASE("int $4", X86_OF, 0, true, "int $4", 0, 0);
	CASE("bound", X86_BR, 0, false, "bound %%eax, (%%ebx)", 9, (u32)bounds);
	CASE("ud2", X86_UD, 0, false, "ud2", 0, 0);
	/* In long mode, where a stock Xen is, QEMU gives another error code. */
	if (on_ringfence())
		CASE("int $0x40", X86_GP, 0x40 << 3 | 2, false, "int $0x40", 0, 0);
	CASE("bad ds", X86_GP, 0x1230, false, "movl %%eax, %%ds", 0x1230, 0);
	CASE("bad fs", X86_GP, 0x0038, false, "movl %%eax, %%fs", 0x003b, 0);
	CASE("rdpmc", X86_GP, 0, false, "rdpmc", 0, 0);
	CASE("lgdt", X86_GP, 0, false, "lgdt (%%ebx)", 0, (u32)bounds);

	CASE("read of nothing", X86_PF, 0, false, "movl (%%ebx), %%eax", 0, (u32)target + 16);
	check_eq(last_cr2, (u32)target + 16, "cr2 of a read");
	CASE("write to nothing", X86_PF, PF_WRITE, false, "movl %%eax, (%%ebx)", 0,
	     (u32)target + 4092);
	check_eq(last_cr2, (u32)target + 4092, "cr2 of a write");
	check_errno(page_rights(target, PTE_READONLY), 0, "map read-only");
	CASE("write to read-only", X86_PF, PF_PRESENT | PF_WRITE, false, "movl %%eax, (%%ebx)", 0,
	     (u32)target);
	check_errno(page_rights(target, PTE_READONLY | PTE_NX), 0, "map without execution");
	/* EIP of a fetch fault is the target: the label is not. */
	times = 0;
	trap_handle(X86_PF, record);
	PROVOKE("jmp *%%ebx", 0, (u32)target + 8);
	trap_handle(X86_PF, NULL);
	check_eq(times, 1, "fetch: handler runs");
	check_eq(seen.eip, (u32)target + 8, "fetch: eip");
	check_eq(seen.error, PF_PRESENT | PF_FETCH, "fetch: error code");
	check_errno(page_rights(target, PTE_WRITABLE), 0, "map writable");

	/* x87: 1/0 unmasked, seen by the next waiting instruction. */
	CASE("fwait", X86_MF, 0, false, "fwait", 0, 0);
}

/* Leaves an x87 zero-divide pending. */
static void x87_error(void)
{
	u16 control = 0x37b;

	asm volatile("fninit; fldcw %0; fld1; fldz; fdivrp" : : "m"(control));
}

static bool step(struct regs *regs)
{
	seen = *regs;
	mask_inside = vcpu0.evtchn_upcall_mask;
	times++;
	regs->eflags &= ~EFLAGS_TF;
	return true;
}

static bool handler_flags(struct regs *regs)
{
	(void)regs;
	asm volatile("pushfl; popl %0" : "=r"(mask_inside));
	times++;
	return true;
}

static void flags_in_handlers(void)
{
	/* One step: the instruction after popf runs, then #DB behind it. */
	times = 0;
	trap_handle(X86_DB, step);
	asm volatile("pushfl; orl $0x100, (%%esp); popfl; nop" ::: "memory", "cc");
	trap_handle(X86_DB, NULL);
	check_eq(times, 1, "single step: handler runs");
	check_eq(seen.error, 0, "single step: error code");

	/* A handler starts with TF and NT clear even if the interrupted code had them set. */
	times = 0;
	trap_handle(X86_BP, handler_flags);
	asm volatile("pushfl; orl $0x4000, (%%esp); popfl; int3\n"
		     "pushfl; andl $~0x4000, (%%esp); popfl" ::
			     : "memory", "cc");
	trap_handle(X86_BP, NULL);
	check_eq(times, 1, "int3 with NT: handler runs");
	check_eq(mask_inside & (EFLAGS_NT | EFLAGS_TF | EFLAGS_RF | EFLAGS_VM), 0,
		 "flags of a handler");
	check(mask_inside & EFLAGS_IF, "a handler runs with interrupts off: %x", mask_inside);
}

static bool keep(struct regs *regs)
{
	(void)regs;
	times++;
	return true;
}

/* All general registers and the arithmetic flags survive trap and iret. */
static void registers_survive(void)
{
	u32 out[8], i;
	static const u32 in[7] = { 0xa0a0a0a0, 0xb1b1b1b1, 0xc2c2c2c2, 0xd3d3d3d3,
				   0xe4e4e4e4, 0xf5f5f5f5, 0x06060606 };

	trap_handle(X86_BP, keep);
	asm volatile("pushl %%ebp; pushl %[out]\n"
		     "movl $0xa0a0a0a0, %%eax; movl $0xb1b1b1b1, %%ebx; movl $0xc2c2c2c2, %%ecx\n"
		     "movl $0xd3d3d3d3, %%edx; movl $0xe4e4e4e4, %%esi; movl $0xf5f5f5f5, %%edi\n"
		     "movl $0x06060606, %%ebp\n"
		     "std; stc; int3\n"
		     "pushfl; cld; pushl %%ebp; movl 8(%%esp), %%ebp\n"
		     "movl %%eax, (%%ebp); movl %%ebx, 4(%%ebp); movl %%ecx, 8(%%ebp)\n"
		     "movl %%edx, 12(%%ebp); movl %%esi, 16(%%ebp); movl %%edi, 20(%%ebp)\n"
		     "popl 24(%%ebp); popl 28(%%ebp); addl $4, %%esp; popl %%ebp"
		     :
		     : [out] "a"(out)
		     : "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
	trap_handle(X86_BP, NULL);
	for (i = 0; i < 7; i++)
		check_eq(out[i], in[i], "register %u after a trap", i);
	check_eq(out[7] & (EFLAGS_DF | EFLAGS_CF), EFLAGS_DF | EFLAGS_CF, "DF and CF after a trap");
}

void test_main(void)
{
	upcalls_off();
	x87_error();
	provoke_all();
	ACCESS_ONCE(vcpu0.evtchn_upcall_mask) = 0;
	x87_error();
	provoke_all();
	asm volatile("fninit");
	flags_in_handlers();
	registers_survive();
	report_success();
}
