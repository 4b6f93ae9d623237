// SPDX-License-Identifier: MIT
/*
 * Claim: whatever flags a plugin sets, by popf or iret, it runs with IF set and IOPL 0,
 * and neither the monitor nor the guest runs with flags that the plugin left (row 8).
 * sysenter and syscall fault, with any flags (row 6).
 *
 * Provoked by: every combination of the eleven flags that are not arithmetic at the
 * plugin gate. Some of these combinations also when the plugin faults, when the tick
 * interrupts it, and at each other instruction that enters ring 0. TF before each of
 * these, also in the shadow of a mov ss. Virtual-8086 mode where the machine lets a
 * plugin enter it (TCG); from there the gate is tried too.
 *
 * Cannot tell: whether the guest's flags are right between attacks; escape_call()
 * compares them before and after every attack.
 */
#include <lib/escape.h>
#include <lib/test.h>

/*
 * Spreads the bits of a counter to the flags IF DF IOPL IOPL NT RF VM AC VIF VIP ID.
 * Arguments: the number of rounds, and the flags that are never set.
 */
#define SPREAD                                                                \
	"movl %ebx, %eax; andl $3, %eax; shll $9, %eax\n"      /* IF DF */    \
	"movl %ebx, %ecx; andl $0x1c, %ecx; shll $10, %ecx\n"  /* IOPL NT */  \
	"orl %ecx, %eax; movl %ebx, %ecx; andl $0x7e0, %ecx\n" /* RF .. ID */ \
	"shll $11, %ecx; orl %ecx, %eax; orl $2, %eax\n"                      \
	"notl %edx; andl %edx, %eax; notl %edx\n"
/*
 * Loads the flags and enters the gate. The guest checks there that of IF, IOPL and VM only IF
 * is set.
 */
#define THROUGH(set, name)                                                                      \
	PLUGIN_CODE(name, "pushl %ebx; pushl %esi; movl 12(%esp), %esi; xorl %ebx, %ebx\n"      \
			  "1: movl 16(%esp), %edx\n" SPREAD set                                 \
			  "movl $200, %eax; int $0x81; cmpl $-1, %eax; jne 7f\n"                \
			  "pushfl; popl %eax; andl $0x23200, %eax; cmpl $0x200, %eax; jne 7f\n" \
			  "incl %ebx; cmpl %esi, %ebx; jne 1b\n"                                \
			  "pushl $2; popfl; movl %ebx, %eax; popl %esi; popl %ebx; ret; 7: ud2")
THROUGH("pushl %eax; popfl\n", by_popf);
THROUGH("pushl %eax; popfw; addl $2, %esp\n", by_popfw);
/* Clears NT first, because iret with NT set is a return to another task. */
THROUGH("pushl $2; popfl; pushl %eax; pushl %cs; pushl $0x1040 + 8f - by_iret; iret; 8:\n",
	by_iret);

/* Sets the flags given by the first argument, and leaves by this instruction. */
#define OUT(X)                                                                \
	X(undefined, "ud2", 0)                                                \
	X(past_end, "movl 0x9000, %eax", 0)                                   \
	X(breakpoint, "int3", 0)                                              \
	X(syscall_gate, "int $0x80", 0)                                       \
	X(hypercall, "int $0x82", 0)                                          \
	X(port, "inb $0x60, %al", 0)                                          \
	X(gate, "movl $0x77, %edx; xorl %eax, %eax; int $0x81", 1)            \
	X(service, "movl $200, %eax; int $0x81; hlt", 0)                      \
	X(allowed, "movl $7, %eax; int $0x81; hlt", 2)                        \
	X(sysenter, "sysenter", 0)                                            \
	X(syscall, "syscall", 0)                                              \
	X(sysexit, "sysexit", 0)                                              \
	X(sysret, "sysret", 0)                                                \
	X(bound, "movl $-1, %eax; movl $0x3000, %edx; bound %eax, (%edx)", 0) \
	X(divide, "xorl %edx, %edx; divl %edx", 0)                            \
	X(single, ".byte 0xf1; hlt", 0)                                       \
	X(fpu, "fldz; hlt", 0)                                                \
	X(data, "movl $0x3000, %eax; jmp *%eax", 0)

#define CODE(name, insn, end)                                             \
	PLUGIN_CODE(flags_##name, "pushl 4(%esp); popfl; " insn "; hlt"); \
	PLUGIN_CODE(shadow_##name,                                        \
		    "movl %ss, %ecx; pushl 4(%esp); popfl; movl %ecx, %ss; " insn "; hlt");
OUT(CODE)

static const struct way {
	const char *name;
	const u8 *code, *code_end, *shadow, *shadow_end;
	u32 end; /* 0 a fault, 1 returns, 2 asks for service 7 */
} ways[] = {
#define ROW(name, insn, end) \
	{ #name, flags_##name, flags_##name##_end, shadow_##name, shadow_##name##_end, end },
	OUT(ROW)
};

/* Spins with these flags until the word at 3000 is not 0. Returns the flags afterwards. */
PLUGIN_CODE(wait, "pushl 4(%esp); popfl; 1: cmpl $0, 0x3000; je 1b\n"
		  "pushfl; popl %eax; pushl $2; popfl; ret");

static const u32 kept[] = { 0,
			    EFLAGS_NT,
			    EFLAGS_DF,
			    EFLAGS_AC,
			    EFLAGS_NT | EFLAGS_DF,
			    EFLAGS_ID | EFLAGS_AC | EFLAGS_NT | EFLAGS_DF,
			    EFLAGS_RF | EFLAGS_NT | EFLAGS_IOPL };

static void serve(void)
{
	struct plugin_services s = { .allowed = { 1 << 7 }, .strikes = 0x40000000 };

	check_errno(hypercall(plugin_op, PLUGINOP_services, hostile.handle, &s), 0, "services");
	hypercall(plugin_op, PLUGINOP_budget, hostile.handle, 10000000);
}

static void combinations(void)
{
	/* TCG lets an iret into virtual-8086 mode: see virtual_8086(). */
	u32 never = limits_hold ? 0 : EFLAGS_VM, value = 0;

	escape_code(by_popf, by_popf_end);
	serve();
	check_eq(escape_call(2048, 0, 0, &value), 0, "popf: status");
	check_eq(value, 2048, "popf: rounds");
	escape_code(by_popfw, by_popfw_end);
	serve();
	check_eq(escape_call(32, 0, 0, &value), 0, "popfw: status");
	check_eq(value, 32, "popfw: rounds");
	escape_code(by_iret, by_iret_end);
	serve();
	check_eq(escape_call(2048, never, 0, &value), 0, "iret: status");
	check_eq(value, 2048, "iret: rounds");
	escape_unharmed("combinations");
	escape_attacks += 2 * 2048 + 32 - 3;
}

/* The record must have the flags that the plugin could set, and no others. */
static void one(const struct way *w, u32 flags, bool shadow)
{
	struct plugin_fault f;
	u32 value = 0, way = w->end;
	long status;

	escape_code(shadow ? w->shadow : w->code, shadow ? w->shadow_end : w->code_end);
	memset(hostile.data, 0, 8);
	serve();
	status = escape_call(flags, 0, 0, &value);
	if (status == PLUGIN_STATUS_FAULT) {
		f = escape_fault();
		check_eq(f.eflags & (EFLAGS_IF | EFLAGS_IOPL | EFLAGS_VM), EFLAGS_IF,
			 "%s with %x: flags in the record", w->name, flags);
		check(flags & EFLAGS_TF || !way, "%s with %x: stopped", w->name, flags);
	} else if (way == 1) {
		check_eq(status, 0, "%s with %x: status", w->name, flags);
		check_eq(value, 0x77, "%s with %x: value", w->name, flags);
	} else if (way == 2) {
		check_eq(status, PLUGIN_STATUS_SERVICE, "%s with %x: status", w->name, flags);
		check_eq(plugin_reply(hostile.handle, 0, 0, NULL), PLUGIN_STATUS_FAULT,
			 "%s with %x: hlt behind it", w->name, flags);
	} else {
		check_eq(status, PLUGIN_STATUS_FAULT, "%s with %x: status", w->name, flags);
	}
}

static void out(u32 from, u32 to)
{
	u32 i, k;

	for (; from < to; from++) {
		for (i = 0; i < ARRAY_SIZE(kept); i++)
			for (k = 0; k < 4; k++)
				one(&ways[from], kept[i] | (k & 1 ? EFLAGS_TF : 0) | EFLAGS_ONE,
				    k & 2);
	}
	escape_unharmed("ways out");
}

/* ---- flags that the guest's callback finds when the tick interrupts ---- */

static u32 events, in_plugin;
extern u32 raw_flags;
u32 raw_flags;
asm(".pushsection .text\n.globl raw_upcall\nraw_upcall:\n"
    "pushfl; popl %ss:raw_flags; jmp upcall_entry\n.popsection");
extern char raw_upcall[];

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	events++;
	*(volatile u32 *)hostile.data = 1;
	check_eq(raw_flags & (EFLAGS_TF | EFLAGS_DF | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_RF |
			      EFLAGS_VM | EFLAGS_AC),
		 0, "flags of the callback");
	/* On a busy host the event may come before the call has begun. */
	in_plugin += regs->eax == __HYPERVISOR_plugin_op && regs->ebx == PLUGINOP_resume;
}

static void interrupted(void)
{
	long port = event_bind_virq(VIRQ_TIMER);
	u32 i, value, want;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	check_errno(
		hypercall(set_callbacks, FLAT_RING1_CS, raw_upcall, FLAT_RING1_CS, failsafe_entry),
		0, "callbacks");
	upcalls_on();
	escape_code(wait, wait_end);
	serve();
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		events = 0;
		*(u32 *)hostile.data = 0;
		set_timer(clock_ns() + MS(2));
		check_eq(escape_call(kept[i] | EFLAGS_ONE, 0, 0, &value), 0, "waiting: status");
		check_eq(events, 1, "events");
		want = (kept[i] & ~(EFLAGS_RF | EFLAGS_IOPL)) | EFLAGS_IF;
		check_eq(value & (want | EFLAGS_IOPL | EFLAGS_VM | EFLAGS_NT | EFLAGS_DF), want,
			 "its flags after the event");
	}
	event_close(port);
	event_init();
	check(in_plugin, "no event came during a call");
	escape_unharmed("flags in an interrupt");
}

/* ---- virtual-8086 mode, with IOPL 3, where the machine enters it ---- */

/*
 * The plugin gets no further than the first fetch: page mode maps nothing at the
 * addresses that virtual-8086 mode reaches. With memory there, the last of these
 * plugins would stop the machine.
 *
 * The code would be at 1040 in segment 104. GS to SS are chosen for a monitor that
 * reads its stack as if the interrupt had come from ring 3: such a monitor would
 * return to ring 0, with CS from ES, EIP from SS and EFLAGS from DS.
 */
#define VM(name, insn) VM_WITH(name, "0x23202", insn)
#define VM_WITH(name, eflags, insn)                                                         \
	PLUGIN_CODE(name, "pushl $0; pushl $0; pushl $0x202; pushl $0xe008\n"               \
			  "pushl $0x1040 + 7f - " #name "; pushl $0x100\n"                  \
			  "pushl $" eflags "; pushl $0x104; pushl $8f - " #name "\n iret\n" \
			  "ud2\n.code16\n8: " insn "\n9: jmp 9b\n.code32\n7: ud2")
VM(vm_hlt, "hlt");
VM(vm_gate, "movl $0x77, %edx; xorl %eax, %eax; int $0x81");
VM(vm_service, "movl $7, %eax; int $0x81");
VM(vm_refused, "movl $200, %eax; int $0x81; hlt");
VM(vm_int, "int $0x80");
VM(vm_int3, "int3");
VM_WITH(vm_no_interrupts, "0x23002", "cli");

static void virtual_8086(void)
{
	static const struct {
		const u8 *code, *end;
	} attacks[] = {
		{ vm_hlt, vm_hlt_end },
		{ vm_gate, vm_gate_end },
		{ vm_service, vm_service_end },
		{ vm_refused, vm_refused_end },
		{ vm_int, vm_int_end },
		{ vm_int3, vm_int3_end },
		{ vm_no_interrupts, vm_no_interrupts_end },
	};
	struct plugin_fault f;
	u32 i, value;
	long status;

	for (i = 0; i < ARRAY_SIZE(attacks); i++) {
		escape_code(attacks[i].code, attacks[i].end);
		serve();
		status = escape_call(0, 0, 0, &value);
		if (status == PLUGIN_STATUS_SERVICE)
			status = plugin_reply(hostile.handle, 0, 0, &value);
		check_eq(status, PLUGIN_STATUS_FAULT, "virtual-8086 %u: status", i);
		f = escape_fault();
		check_eq(f.vector, X86_GP, "virtual-8086 %u: vector", i);
		check_eq(f.eflags & EFLAGS_VM, limits_hold ? 0 : EFLAGS_VM, "virtual-8086 %u", i);
	}
	escape_unharmed("virtual-8086 mode");
}

static u32 seen;

USER_TEXT static u32 user_sysenter(u32 argument)
{
	if (argument)
		asm volatile("syscall" ::: "memory", "ecx", "edx");
	else
		asm volatile("sysenter" ::: "memory", "ecx", "edx");
	return argument;
}

static bool on_fault(struct regs *regs)
{
	if ((regs->cs & 3) != 3)
		return false;
	seen = FAULT(regs->vector, regs->error);
	regs->eip += 2;
	return true;
}

/* sysenter and syscall of rings 1 and 3 must fault too. */
static void other_rings(void)
{
	fault_t sysenter = PROBE("sysenter"), syscall = PROBE("syscall");
	u32 i;

	check_eq(sysenter, FAULT(X86_GP, 0), "sysenter of ring 1");
	check_eq(syscall, FAULT(X86_UD, 0), "syscall of ring 1");
	user_init();
	trap_handle(X86_GP, on_fault);
	trap_handle(X86_UD, on_fault);
	for (i = 0; i < 4; i++) {
		user_eflags = EFLAGS_IF | (i & 2 ? EFLAGS_NT | EFLAGS_DF | EFLAGS_AC : 0);
		seen = 0;
		check_eq(user_call(user_sysenter, i & 1), i & 1, "back in ring 3");
		check_eq(seen, i & 1 ? syscall : sysenter, "sysenter or syscall of ring 3");
	}
}

void test_main(void)
{
	escape_init();
	combinations();
	out(0, 9);
	out(13, ARRAY_SIZE(ways));
	interrupted();
	virtual_8086();
	escape_row(8, "stopped");
	out(9, 13);
	other_rings();
	escape_unharmed("sysenter");
	escape_row(6, "stopped");
	report_success();
}
