// SPDX-License-Identifier: MIT
/*
 * Claim: the guest's breakpoints do not fire in a plugin, and are armed again
 * after it; a mov ss before the gate, with a breakpoint on what it reads, is
 * harmless (CVE-2018-8897); a process of ring 3 gets #GP from the gate.
 *
 * Provoked by: breakpoints on the offsets that a plugin uses, which in page
 * mode are its linear addresses.
 *
 * Cannot tell: breakpoints in the region of segment mode, where the guest can
 * set none.
 */
#include <lib/plugin.h>
#include <lib/test.h>

PLUGIN_CODE(touch, "movl 0x3000, %eax; incl %eax; movl %eax, 0x3000; ret");
/* SS from where the breakpoint is, and straight into the gate. */
PLUGIN_CODE(shadow, "movl %ss, %eax; movl %eax, 0x3000; xorl %eax, %eax; movl $0x77, %edx\n"
		    "movw 0x3000, %ss; int $0x81");
PLUGIN_CODE(step_gate, "xorl %eax, %eax; movl $0x78, %edx; pushl $0x302\n"
		       "movl %ss, %ecx; popfl; movl %ecx, %ss; int $0x81");

#define ARM(n, kind, len) (1u << (2 * (n)) | (u32)((len) << 2 | (kind)) << (16 + 4 * (n)))
#define EXECUTE		  0
#define ACCESS		  3

static struct test_plugin p;
static volatile u32 hits;
static u32 watched;

static bool on_db(struct regs *regs)
{
	hits++;
	regs->eflags |= EFLAGS_RF;
	return true;
}

static void arm(void)
{
	check_errno(hypercall(set_debugreg, 0, 0x3000), 0, "dr0");
	check_errno(hypercall(set_debugreg, 1, PLUGIN_ENTRY), 0, "dr1");
	check_errno(hypercall(set_debugreg, 2, &watched), 0, "dr2");
	check_errno(hypercall(set_debugreg, 7,
			      ARM(0, ACCESS, 3) | ARM(1, EXECUTE, 0) | ARM(2, ACCESS, 3)),
		    0, "dr7");
}

static void check_armed(const char *name)
{
	check_eq(hits, 0, "%s: hits in the plugin", name);
	hits = 0;
	ACCESS_ONCE(watched)++;
	check(hits, "%s: the guest's own breakpoint is dead", name);
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

	/* Stepped into the gate: stopped before it, or through it. */
	plugin_remake(&p, step_gate, step_gate_end);
	if (plugin_call(&p, 0, 0, &value)) {
		q = plugin_query(p.handle);
		check_eq(q.fault.status, PLUGIN_STATUS_FAULT, "step: status");
		check_eq(q.fault.vector, X86_DB, "step: vector");
	} else {
		check_eq(value, 0x78, "step: value");
	}
	check_armed("step");
	check_errno(hypercall(set_debugreg, 7, 0), 0, "dr7");

	user_init();
	trap_handle(X86_GP, on_gp);
	check_eq(user_call(user_gate, 0), 0, "gate from ring 3");
	check_eq(user_error, 0x81 << 3 | 2, "its error code");
	report_success();
}
