// SPDX-License-Identifier: MIT
/*
 * Claim: the guest's breakpoints and single step do not fire in a plugin, and
 * breakpoints are armed again after the call (row 15). A mov ss before an instruction
 * that enters the monitor, with a breakpoint on the word that mov ss reads, is harmless
 * (row 14, CVE-2018-8897). A process gets #GP from the plugin gate.
 *
 * Provoked by: breakpoints on the linear addresses that a plugin uses in page mode; mov
 * ss and pop ss before each instruction that enters ring 0.
 *
 * Cannot tell: breakpoints in the region of segment mode, where the guest cannot set
 * any.
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(touch, "movl 0x3000, %eax; incl %eax; movl %eax, 0x3000; ret");
/* SS from where the breakpoint is, and straight into the gate. */
PLUGIN_CODE(shadow, "movl %ss, %eax; movl %eax, 0x3000; xorl %eax, %eax; movl $0x77, %edx\n"
		    "movw 0x3000, %ss; int $0x81");
PLUGIN_CODE(step_gate, "xorl %eax, %eax; movl $0x78, %edx; pushl $0x302\n"
		       "movl %ss, %ecx; popfl; movl %ecx, %ss; int $0x81");

/* Loads SS from the watched word and enters ring 0 by `insn`; then hlt. */
#define INTO(name, insn)                                                                   \
	PLUGIN_CODE(mov_##name,                                                            \
		    "movw %ss, 0x3000; xorl %eax, %eax; movw 0x3000, %ss; " insn "; hlt"); \
	PLUGIN_CODE(pop_##name, "pushl %ss; movw %ss, 0x3000; xorl %eax, %eax\n"           \
				"movl $0x3000, %esp; popl %ss; " insn "; hlt");
#define INTOS(X)                  \
	X(gate, "int $0x81")      \
	X(syscall, "int $0x80")   \
	X(hypercall, "int $0x82") \
	X(breakpoint, "int3")     \
	X(single, ".byte 0xf1")   \
	X(undefined, "ud2")       \
	X(sysenter, "sysenter")   \
	X(port, "inb $0x60, %al") \
	X(past_end, "movl 0x9000, %eax")
INTOS(INTO)

#define ARM(n, kind, len) (1u << (2 * (n)) | (u32)((len) << 2 | (kind)) << (16 + 4 * (n)))
#define EXECUTE		  0
#define ACCESS		  3

static struct test_plugin p;
static volatile u32 hits;
static u32 watched;
/* Linear address of a plugin in page mode: the monitor's HV_PLUGIN_PAGE_BASE. */
static const u32 base = 0x00200000;

static bool on_db(struct regs *regs)
{
	hits++;
	regs->eflags |= EFLAGS_RF;
	return true;
}

static void arm(void)
{
	check_errno(hypercall(set_debugreg, 0, base + 0x3000), 0, "dr0");
	check_errno(hypercall(set_debugreg, 1, base + PLUGIN_ENTRY), 0, "dr1");
	check_errno(hypercall(set_debugreg, 2, &watched), 0, "dr2");
	check_errno(hypercall(set_debugreg, 7,
			      ARM(0, ACCESS, 3) | ARM(1, EXECUTE, 0) | ARM(2, ACCESS, 3)),
		    0, "dr7");
}

static void check_armed(const char *name)
{
	escape_attacks++;
	check_eq(hits, 0, "%s: hits in the plugin", name);
	hits = 0;
	ACCESS_ONCE(watched)++;
	check(hits, "%s: the guest's own breakpoint is dead", name);
	hits = 0;
}

static void shadows(void)
{
	static const struct {
		const char *name;
		const u8 *code, *end;
	} ways[] = {
#define WAY(name, insn)                                     \
	{ "mov ss, " #name, mov_##name, mov_##name##_end }, \
		{ "pop ss, " #name, pop_##name, pop_##name##_end },
		INTOS(WAY)
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		bool gate = i < 2;

		plugin_remake(&p, ways[i].code, ways[i].end);
		check_eq(plugin_call(&p, 0, 0, NULL), gate ? 0 : PLUGIN_STATUS_FAULT, "%s: status",
			 ways[i].name);
		check_armed(ways[i].name);
	}
}

/* The guest single-steps over its hypercall: #DB behind the hypercall, none in the plugin. */
static void stepped(void)
{
	u32 args[1] = { 0 }, status = (u32)&hypercall_page[__HYPERVISOR_plugin_op * HYPERCALL_SLOT];
	u32 ebx = PLUGINOP_invoke, ecx = p.handle, edx = PLUGIN_ENTRY, esi = (u32)args, edi = 1;

	hits = 0;
	asm volatile("pushfl; orl $0x100, (%%esp); popfl; call *%%eax\n"
		     "pushfl; andl $~0x100, (%%esp); popfl"
		     : "+a"(status), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi)
		     :
		     : "memory", "cc");
	check_eq(status, 0, "stepped: status");
	check_eq(edx, 1, "stepped: value");
	/* call, mov, int with ret, pushf, and, popf. */
	check(hits >= 5 && hits <= 8, "%u steps", hits);
	hits = 0;
}

USER_TEXT static u32 user_gate(u32 argument)
{
	asm volatile("int $0x81" : "+a"(argument));
	return argument;
}

static u32 user_error;

static bool on_gp(struct regs *regs)
{
	if ((regs->cs & 3) != 3)
		return false;
	user_error = regs->error;
	regs->eip += 2;
	return true;
}

void test_main(void)
{
	struct plugin_query q;
	u32 value;

	plugin_make(&p, touch, touch_end);
	trap_handle(X86_DB, on_db);
	arm();
	check_armed("before");
	check_eq(plugin_call(&p, 0, 0, &value), 0, "touch: status");
	check_eq(value, 1, "touch: value");
	check_armed("touch");

	plugin_remake(&p, shadow, shadow_end);
	check_eq(plugin_call(&p, 0, 0, &value), 0, "mov ss: status");
	check_eq(value, 0x77, "mov ss: value");
	check_armed("mov ss");

	/* TF is set before the gate: the plugin is stopped, or passes the gate. */
	plugin_remake(&p, step_gate, step_gate_end);
	if (plugin_call(&p, 0, 0, &value)) {
		q = plugin_query(p.handle);
		check_eq(q.fault.status, PLUGIN_STATUS_FAULT, "step: status");
		check_eq(q.fault.vector, X86_DB, "step: vector");
	} else {
		check_eq(value, 0x78, "step: value");
	}
	check_armed("step");
	shadows();
	escape_row(14, "stopped");
	plugin_remake(&p, touch, touch_end);
	stepped();
	check_armed("stepped");
	plugin_remake(&p, touch, touch_end);
	check_eq(plugin_call(&p, 0, 0, &value), 0, "touch again: status");
	check_armed("touch again");
	escape_row(15, "stopped");
	check_errno(hypercall(set_debugreg, 7, 0), 0, "dr7");

	user_init();
	trap_handle(X86_GP, on_gp);
	check_eq(user_call(user_gate, 0), 0, "gate from ring 3");
	check_eq(user_error, 0x81 << 3 | 2, "its error code");
	report_success();
}
