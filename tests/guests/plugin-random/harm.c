// SPDX-License-Identifier: MIT
/*
 * Owns the checks of everything that a plugin must leave unchanged: the guest's memory, stack,
 * flags, selectors, FPU and SSE registers, breakpoints, a device's register behind a port, the
 * plugin's own text and constants, a read-only window, and another plugin.
 */
#include "random.h"

/* Ports of the clock chip, and an unused byte of its memory. */
#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71
#define CMOS_BYTE  0x60
#define CMOS_VALUE 0x5a

struct fxsave {
	u16 fcw, fsw;
	u8 ftw, zero;
	u16 fop;
	u32 fip, fcs, fdp, fds, mxcsr, mxcsr_mask;
	u8 st[8][16], xmm[8][16], rest[224];
} ALIGNED(16);

static struct fxsave before, after;
static u32 canary[PAGE_SIZE / 4] PAGE_BUFFER, numbers[PAGE_SIZE / 4] PAGE_BUFFER;
static u8 text[PAGE_SIZE] PAGE_BUFFER;
static u32 cmos_value;
static bool asked_for_nm;
static volatile u32 not_available, breakpoints;
static u32 watched;

/* In page mode loads and stores of plugins reach that linear address too. */
#define WATCHED 0x203800

/* Uses a string instruction, because Bochs is slow with loops. */
static void copy(void *to, const void *from)
{
	u32 n = PAGE_SIZE / 4;

	asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
}

/* The offset of the first word that differs, or PAGE_SIZE. */
static u32 differ(const void *page, const void *other)
{
	const u8 *at = page;
	u32 n = PAGE_SIZE / 4;
	bool same;

	asm volatile("cmpl %%eax, %%eax; repe cmpsl"
		     : "+D"(at), "+S"(other), "+c"(n), "=@cce"(same)
		     :
		     : "memory");
	return same ? PAGE_SIZE : (u32)(at - (const u8 *)page) - 4;
}

static void out(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a"(value), "d"(port));
}

static u8 in(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "d"(port));
	return value;
}

static bool on_nm(struct regs *regs)
{
	(void)regs;
	not_available++;
	return true;
}

static bool on_db(struct regs *regs)
{
	regs->eflags |= EFLAGS_RF;
	breakpoints++;
	return true;
}

static void fill_fpu(void)
{
	static const u16 fcw = 0x67f;
	static const u32 mxcsr = 0x1f3f;
	static u32 pattern[4] ALIGNED(16);
	u32 i;

	for (i = 0; i < 4; i++)
		pattern[i] = rnd();
	asm volatile("fninit; fld1; fldlg2; fldpi; fldcw %1; ldmxcsr %2\n"
		     "movaps %0, %%xmm0; movaps %%xmm0, %%xmm1; movaps %%xmm0, %%xmm2\n"
		     "movaps %%xmm0, %%xmm3; movaps %%xmm0, %%xmm4; movaps %%xmm0, %%xmm5\n"
		     "movaps %%xmm0, %%xmm6; movaps %%xmm0, %%xmm7\n"
		     :
		     : "m"(pattern), "m"(fcw), "m"(mxcsr));
}

static void save_fpu(struct fxsave *to)
{
	asm volatile("fxsave %0" : "=m"(*to));
}

void harm_init(void)
{
	u32 i;

	trap_handle(X86_NM, on_nm);
	trap_handle(X86_DB, on_db);
	for (i = 0; i < ARRAY_SIZE(canary); i++)
		canary[i] = numbers[i] = i * 77;
	out(CMOS_INDEX, CMOS_BYTE);
	out(CMOS_DATA, CMOS_VALUE);
	cmos_value = in(CMOS_DATA);
	check_errno(hypercall(set_debugreg, 0, &watched), 0, "breakpoint");
	check_errno(hypercall(set_debugreg, 1, WATCHED), 0, "breakpoint");
	/* Both enabled, on loads and stores of four bytes. */
	check_errno(hypercall(set_debugreg, 7, 0xff0005), 0, "breakpoints on");
}

void harm_before(void)
{
	copy(shared, numbers);
	copy(bad.rodata, numbers);
	copy(text, bad.text);
	out(CMOS_INDEX, CMOS_BYTE);
	fill_fpu();
	save_fpu(&before);
	asked_for_nm = one_in(4);
	not_available = 0;
	if (asked_for_nm)
		check_errno(hypercall(fpu_taskswitch, 1), 0, "fpu_taskswitch");
	/* Different selectors, which a faulty return could lose. */
	asm volatile("movl %0, %%fs; movl %1, %%gs" : : "r"(FLAT_RING1_DS), "r"(FLAT_RING3_DS));
}

static void registers(u32 turn)
{
	u32 fs, gs, ds, es, ss, eflags;

	asm volatile("movl %%fs, %0; movl %%gs, %1; movl %%ds, %2; movl %%es, %3; movl %%ss, %4\n"
		     "pushfl; popl %5"
		     : "=r"(fs), "=r"(gs), "=r"(ds), "=r"(es), "=r"(ss), "=r"(eflags));
	check_eq(ds & 0xffff, FLAT_RING1_DS, "%u: ds", turn);
	check_eq(es & 0xffff, FLAT_RING1_DS, "%u: es", turn);
	check_eq(ss & 0xffff, FLAT_RING1_DS, "%u: ss", turn);
	check_eq(fs & 0xffff, FLAT_RING1_DS, "%u: fs", turn);
	check_eq(gs & 0xffff, FLAT_RING3_DS, "%u: gs", turn);
	/* VIF and VIP aside, which iret does not take back on TCG. */
	check_eq(eflags & 0x7fe45400, 0, "%u: flags", turn);
}

static void fpu(u32 turn)
{
	save_fpu(&after);
	check_eq(not_available, asked_for_nm, "%u: #NM", turn);
	check(before.fcw == after.fcw && before.fsw == after.fsw && before.ftw == after.ftw,
	      "%u: x87 words %x %x %x, were %x %x %x", turn, after.fcw, after.fsw, after.ftw,
	      before.fcw, before.fsw, before.ftw);
	check_eq(after.mxcsr, before.mxcsr, "%u: mxcsr", turn);
	check(!memcmp(before.st, after.st, sizeof(before.st)), "%u: x87 registers", turn);
	check(!memcmp(before.xmm, after.xmm, sizeof(before.xmm)), "%u: SSE registers", turn);
}

static void page(u32 turn, const void *at, const void *was, const char *what)
{
	u32 offset = differ(at, was);

	check(offset == PAGE_SIZE, "%u: %s at %x: %x, was %x", turn, what, offset,
	      *(const u32 *)((const u8 *)at + offset % PAGE_SIZE),
	      *(const u32 *)((const u8 *)was + offset % PAGE_SIZE));
}

static void memory(u32 turn)
{
	page(turn, canary, numbers, "the guest's memory");
	page(turn, bad.text, text, "its text");
	page(turn, bad.rodata, numbers, "its constants");
	if (!shared_writable)
		page(turn, shared, numbers, "the window");
}

static void devices(u32 turn)
{
	u32 before_it = breakpoints;

	check_eq(in(CMOS_DATA), cmos_value, "%u: a byte of the clock chip", turn);
	check_eq((u32)hypercall(get_debugreg, 0), (u32)&watched, "%u: DR0", turn);
	check_eq(hypercall(get_debugreg, 1), WATCHED, "%u: DR1", turn);
	if (turn % 16 == 0) {
		ACCESS_ONCE(watched) = turn;
		check_eq(breakpoints, before_it + 1, "%u: breakpoint", turn);
	}
}

void harm_after(u32 turn, long status)
{
	struct plugin_query q = plugin_query((u32)bad.handle);

	registers(turn);
	fpu(turn);
	memory(turn);
	devices(turn);
	if (status == PLUGIN_STATUS_OK) {
		check_eq(q.state, PLUGIN_STATE_IDLE, "%u: state", turn);
	} else if (status == PLUGIN_STATUS_SERVICE) {
		check_eq(q.state, PLUGIN_STATE_BUSY, "%u: state", turn);
	} else {
		check_eq(q.state, PLUGIN_STATE_DEAD, "%u: state", turn);
		check_eq(q.fault.status, status, "%u: record", turn);
		check_eq(q.fault.call, 1, "%u: record's call", turn);
	}
}
