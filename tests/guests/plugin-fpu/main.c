// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin finds FPU and SSE registers as after reset, never those of the guest.
 * The guest finds its own unchanged, also when it has asked for #NM. A plugin that was
 * interrupted finds its own again. Neither sees FPU registers of the other, except for
 * the FPU's saved selectors.
 *
 * Provoked by: fxsave in guest and plugin, with values in every register.
 *
 * Cannot tell: what speculative execution sees.
 */
#include <lib/escape.h>
#include <lib/plugin.h>
#include <lib/test.h>

/* Stores the FPU state to 3000, sets all registers, stores the new state to 3200. */
PLUGIN_CODE(look, "fxsave 0x3000\n"
		  "fldpi; fldl2e; pushl $0x27f; fldcw (%esp); movl $0x1fbf, (%esp)\n"
		  "ldmxcsr (%esp); addl $4, %esp\n"
		  "pcmpeqd %xmm0, %xmm0; movaps %xmm0, %xmm7\n"
		  "fxsave 0x3200; ret");
/* QEMU 7.2 runs these without a look at CR0.TS, so there is no #NM. */
PLUGIN_CODE(convert, "cvtps2pi %xmm0, %mm1; cvttps2pi %xmm3, %mm2; cvtpd2pi %xmm6, %mm3\n"
		     "cvtpi2ps %mm0, %xmm0; cvtpi2pd %mm0, %xmm3; ret");
PLUGIN_CODE(leave_alone, "ret");
/*
 * Holds ones in XMM0 and pi in ST0 until the word at 3400 is 3. Returns in the upper half
 * bits of XMM0, in the lower half the FPU status after a comparison of ST0 with pi.
 */
PLUGIN_CODE(hold, "pcmpeqd %xmm0, %xmm0; fldpi\n"
		  "1: cmpl $3, 0x3400; jb 1b\n"
		  "movd %xmm0, %eax; fldpi; fcompp; fnstsw %ax; ret");

struct fxsave {
	u16 fcw, fsw;
	u8 ftw, zero;
	u16 fop;
	u32 fip, fcs, fdp, fds, mxcsr, mxcsr_mask;
	u8 st[8][16], xmm[8][16], rest[224];
} ALIGNED(16);

static struct fxsave before, after;
static struct test_plugin p;
static volatile u32 events;

static void fill(void)
{
	static const u32 pattern[4] ALIGNED(16) = { 0x11223344, 0x55667788, 0x99aabbcc,
						    0xddeeff00 };
	static const u32 mxcsr = 0x1f3f;
	static const u16 fcw = 0x67f;

	asm volatile("fninit; fld1; fldlg2; fldcw %1; ldmxcsr %2\n"
		     "movaps %0, %%xmm0; movaps %%xmm0, %%xmm3; movaps %%xmm0, %%xmm6\n"
		     :
		     : "m"(pattern), "m"(fcw), "m"(mxcsr));
}

static void save(struct fxsave *to)
{
	memset(to, 0, sizeof(*to));
	asm volatile("fxsave %0" : "=m"(*to));
}

static void compare(const char *name)
{
	escape_attacks++;
	check(!memcmp(before.st, after.st, sizeof(before.st)), "%s: x87 registers", name);
	check(!memcmp(before.xmm, after.xmm, sizeof(before.xmm)), "%s: SSE registers", name);
	check_eq(after.fcw, before.fcw, "%s: control word", name);
	check_eq(after.fsw, before.fsw, "%s: status word", name);
	check_eq(after.ftw, before.ftw, "%s: tags", name);
	check_eq(after.mxcsr, before.mxcsr, "%s: MXCSR", name);
}

static void fresh(const struct fxsave *f, const char *name)
{
	static const u8 zeros[256];

	check(!memcmp(f->st, zeros, sizeof(f->st)), "%s: plugin sees x87 registers", name);
	check(!memcmp(f->xmm, zeros, sizeof(f->xmm)), "%s: plugin sees SSE registers", name);
	check_eq(f->fcw, 0x37f, "%s: plugin's control word", name);
	check_eq(f->fsw, 0, "%s: plugin's status word", name);
	check_eq(f->ftw, 0, "%s: plugin's tags", name);
	check_eq(f->mxcsr, 0x1f80, "%s: plugin's MXCSR", name);
}

static void plain(void)
{
	u32 i;

	plugin_remake(&p, look, look_end);
	for (i = 0; i < 3; i++) {
		fill();
		save(&before);
		check_eq(plugin_call(&p, 0, 0, NULL), 0, "status");
		save(&after);
		compare("after a plugin with FPU");
		fresh((struct fxsave *)p.data, "fresh");
		check_eq(((struct fxsave *)(p.data + 0x200))->mxcsr, 0x1fbf, "plugin's new MXCSR");
	}
	plugin_remake(&p, convert, convert_end);
	fill();
	save(&before);
	check_eq(plugin_call(&p, 0, 0, NULL), 0, "status");
	save(&after);
	compare("after a plugin that converts");
	plugin_remake(&p, leave_alone, leave_alone_end);
	fill();
	save(&before);
	check_eq(plugin_call(&p, 0, 0, NULL), 0, "status");
	save(&after);
	compare("after a plugin without FPU");
}

static u32 not_available;

static bool on_nm(struct regs *regs)
{
	(void)regs;
	not_available++;
	return true; /* TS is clear now */
}

static void with_ts(const u8 *code, const u8 *end, const char *name)
{
	plugin_remake(&p, code, end);
	fill();
	save(&before);
	trap_handle(X86_NM, on_nm);
	not_available = 0;
	check_errno(hypercall(fpu_taskswitch, 1), 0, "fpu_taskswitch");
	check_eq(plugin_call(&p, 0, 0, NULL), 0, "%s: status", name);
	check_eq(not_available, 0, "%s: #NM before the guest's first", name);
	save(&after);
	check_eq(not_available, 1, "%s: #NM at the guest's first", name);
	trap_handle(X86_NM, NULL);
	compare(name);
	if (code == look)
		fresh((struct fxsave *)p.data, name);
}

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	events++;
	++*(volatile u32 *)(p.data + 0x400);
	/* The guest's, and changed again. */
	save(&after);
	compare("in an event");
	if (events < 4)
		set_timer(clock_ns() + MS(1));
}

static void interrupted(void)
{
	long port = event_bind_virq(VIRQ_TIMER);
	u32 value = 0;

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	plugin_remake(&p, hold, hold_end);
	hypercall(plugin_op, PLUGINOP_budget, p.handle, 5000000);
	fill();
	save(&before);
	upcalls_on();
	set_timer(clock_ns() + MS(1));
	check_eq(plugin_call(&p, 0, 0, &value), 0, "status");
	save(&after);
	compare("after interruptions");
	check_eq(value >> 16, 0xffff, "SSE of the interrupted plugin");
	check_eq(value & 0x4500, 0x4000, "x87 of it: pi equals pi");
}

/* Faults with an FPU exception pending, which must not reach the guest. */
PLUGIN_CODE(pending, "pushl $0x37b; fldcw (%esp); fld1; fldz; fdivrp; ud2");

static void left_behind(void)
{
	plugin_remake(&p, pending, pending_end);
	fill();
	save(&before);
	check_eq(plugin_call(&p, 0, 0, NULL), PLUGIN_STATUS_FAULT, "status");
	save(&after);
	compare("after a plugin with an exception pending");
	check_eq(PROBE("fwait"), 0, "fwait of the guest");
}

void test_main(void)
{
	plugin_make(&p, look, look_end);
	plain();
	with_ts(look, look_end, "TS, plugin with FPU");
	with_ts(leave_alone, leave_alone_end, "TS, plugin without FPU");
	left_behind();
	interrupted();
	escape_row(16, "stopped");
	report_success();
}
