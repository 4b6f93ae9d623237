// SPDX-License-Identifier: MIT
/*
 * Claim: no selector gives a plugin access to more than its own segments, whatever the
 * guest's tables hold (rows 1 to 4). No far transfer leaves the plugin (row 7). No
 * selectors that a plugin leaves in segment registers confuse the monitor (row 28).
 *
 * Provoked by: a GDT of 7168 descriptors in which a cooperating guest kernel has allowed
 * as much as the monitor permits, flat and conforming segments of DPL 3 among them,
 * loaded in all data segment registers when the plugin is called. The plugin loads
 * selectors into every register and jumps, calls and returns to them: all with an index
 * near the ends of the tables and a part of the rest ("full": all 65536 in every
 * register). Where a selector loads, the plugin reads and writes through it, up to and
 * over its limit. Then every set of selectors that loads is in the registers at the
 * gate, at a fault, and when the tick comes.
 *
 * Harmless in page mode under TCG: TCG does not check whether a code segment can be
 * read; the text read is the plugin's own. TCG does not check null selectors either, but
 * page mode maps nothing at the addresses that they reach, from linear 0 up.
 *
 * Cannot tell: what a real process leaves in its segment registers (test_plugin_accomplice).
 */
#include <lib/escape.h>
#include <lib/segment.h>
#include <lib/test.h>

/* Arguments: selector, offset, word to write there or 0. Returns the word at that offset. */
#define LOAD(sreg)                                                              \
	PLUGIN_CODE(load_##sreg, "movl 4(%esp), %eax; movl 8(%esp), %edx\n"     \
				 "movl 12(%esp), %ecx; movl %eax, %" #sreg "\n" \
				 "jecxz 1f; movl %ecx, %" #sreg ":(%edx)\n"     \
				 "1: movl %" #sreg ":(%edx), %eax; ret")
LOAD(ds);
LOAD(es);
LOAD(fs);
LOAD(gs);
LOAD(ss);
/* Reads through the segment registers as the guest left them, without loading any. */
PLUGIN_CODE(stale_fs, "movl 8(%esp), %edx; movl %fs, %eax; movl %eax, 0x3000\n"
		      "movl %fs:(%edx), %eax; ret");
PLUGIN_CODE(stale_gs, "movl 8(%esp), %edx; movl %gs, %eax; movl %eax, 0x3000\n"
		      "movl %gs:(%edx), %eax; ret");
PLUGIN_CODE(read_cs, "movl 8(%esp), %edx; movl %cs:(%edx), %eax; ret");
PLUGIN_CODE(write_cs, "movl 8(%esp), %edx; movl %edx, %cs:(%edx); ret");

/*
 * Makes a far transfer to the selector, at the label behind. Returns 7 if that succeeds in the
 * same ring.
 */
#define FAR(name, text)                                                               \
	PLUGIN_CODE(name, "movl 4(%esp), %eax; movl %cs, %ecx\n" text                 \
			  "9: movl %cs, %eax; xorl %ecx, %eax; testl $0xfff8, %eax\n" \
			  "jnz 8f; movl $0, %eax; movl $7, %edx; int $0x81; 8: ud2")
#define HERE(name) "$0x1040 + 9f - " #name
FAR(far_jump, "pushl %eax; pushl " HERE(far_jump) "; ljmp *(%esp)\n");
FAR(far_call, "pushl %eax; pushl " HERE(far_call) "; lcall *(%esp)\n");
FAR(far_return, "pushl %eax; pushl " HERE(far_return) "; lret\n");
FAR(int_return, "pushfl; pushl %eax; pushl " HERE(int_return) "; iret\n");
/* With a stack for an outer ring. */
FAR(far_return_out, "movl %ss, %edx; orl $3, %edx; pushl %edx; pushl $0x5ff0; pushl %eax\n"
		    "pushl " HERE(far_return_out) "; lret\n");
FAR(int_return_out, "movl %ss, %edx; orl $3, %edx; pushl %edx; pushl $0x5ff0; pushfl\n"
		    "pushl %eax; pushl " HERE(int_return_out) "; iret\n");

enum into { DATA, STACK, NEAR, BACK };
static const struct way {
	const char *name;
	const u8 *code, *end;
	enum into into;
	u8 at; /* the instruction that is stopped */
} ways[] = {
#define WAY(name, into, at)                       \
	{                                         \
#name, name, name##_end, into, at \
	}
	WAY(load_ds, DATA, 12),	       WAY(load_es, DATA, 12),	      WAY(load_fs, DATA, 12),
	WAY(load_gs, DATA, 12),	       WAY(load_ss, STACK, 12),	      WAY(far_jump, NEAR, 12),
	WAY(far_call, NEAR, 12),       WAY(far_return, BACK, 12),     WAY(int_return, BACK, 13),
	WAY(far_return_out, BACK, 23), WAY(int_return_out, BACK, 24),
};

#define CANARY 0x600dcafe
#define AT     0x3100 /* offset of the canary, in the plugin's data */

static u32 secret = 0x5ec2e75e;
static u32 cs, ds, ring;
static bool full;

/* May a plugin load this selector, according to the SDM (volume 3, 5.5 and 5.8) and the table? */
static bool loads(const struct way *w, u32 sel)
{
	u32 rpl = sel & 3;

	switch (w->into) {
	case DATA:
		return sel < 4 || ((sel ^ ds) < 4 && rpl <= ring);
	case STACK:
		return sel == ds;
	case NEAR:
		return (sel ^ cs) < 4 && rpl <= ring;
	default:
		return sel == cs;
	}
}

static void check_fault(const char *name, u32 sel, u32 vector, u32 error)
{
	struct plugin_fault f = escape_fault();

	check_eq(f.vector, vector, "%s %x: vector", name, sel);
	check_eq(f.error_code, error, "%s %x: error code", name, sel);
	check_eq(f.cs & 3, ring, "%s %x: ring", name, sel);
}

/* A selector that can be loaded allows reads and writes up to the segment's limit only. */
static void use_it(const struct way *w, u32 sel)
{
	static const u32 beyond[] = { 0x6000,	  0x5ffd,     0xc0100000, 0xbff00000, 0xfea20000,
				      0xfe820000, 0xff000000, 0xfee00000, 0xfffffffc, 0xffe01000 };
	u32 *own = (u32 *)(hostile.data + (AT - 0x3000)), value = 0, i;
	long status;

	*own = CANARY;
	status = escape_call(sel, AT, 0, &value);
	if (sel < 4) {
		check_eq(status, PLUGIN_STATUS_FAULT, "%s %x: read through null", w->name, sel);
		check_fault(w->name, sel, limits_hold ? X86_GP : X86_PF, limits_hold ? 0 : PF_USER);
		return;
	}
	check_eq(status, 0, "%s %x: status", w->name, sel);
	check_eq(value, CANARY, "%s %x: read", w->name, sel);
	check_eq(escape_call(sel, AT, 0x1111, &value), 0, "%s %x: write: status", w->name, sel);
	check_eq(*own, 0x1111, "%s %x: write", w->name, sel);
	for (i = 0; i < 2 * ARRAY_SIZE(beyond); i++) {
		status = escape_call(sel, beyond[i / 2], i & 1 ? 0xbad : 0, NULL);
		check_eq(status, PLUGIN_STATUS_FAULT, "%s %x at %x", w->name, sel, beyond[i / 2]);
	}
}

static void one(const struct way *w, u32 sel)
{
	struct plugin_fault f;
	u32 value = 0;
	long status = escape_call(sel, AT, 0, &value);

	if (!loads(w, sel)) {
		if (!check_eq(status, PLUGIN_STATUS_FAULT, "%s %x: status", w->name, sel))
			return;
		f = escape_fault();
		check_eq(f.vector, X86_GP, "%s %x: vector", w->name, sel);
		check_eq(f.error_code, sel & 0xfffc, "%s %x: error code", w->name, sel);
		check_eq(f.eip, PLUGIN_ENTRY + w->at, "%s %x: eip", w->name, sel);
		check_eq(f.cs & 3, ring, "%s %x: ring", w->name, sel);
	} else if (w->into == DATA || w->into == STACK) {
		use_it(w, sel);
	} else {
		check_eq(status, 0, "%s %x: status", w->name, sel);
		check_eq(value, 7, "%s %x: value", w->name, sel);
	}
}

/* All eight selectors of an index: three RPLs, two tables. */
static void index(const struct way *w, u32 i)
{
	u32 sel;

	for (sel = i * 8; sel < i * 8 + 8; sel++)
		one(w, sel);
}

static void sweep(const struct way *w, u32 part)
{
	u32 i;

	escape_code(w->code, w->end);
	if (full) {
		for (i = 0; i < 8192; i++)
			index(w, i);
		return;
	}
	for (i = 0; i < 8192; i++)
		if (i < 6 || i - 14 * 512 < 17 || i % 97 == part || i == 8191)
			index(w, i);
}

static void sweeps(u32 from, u32 to)
{
	for (; from < to; from++)
		sweep(&ways[from], from);
	escape_unharmed("selectors");
}

/* The most permissive descriptor that the monitor accepts; its kind depends on the slot. */
static u64 open_descriptor(u32 slot)
{
	static const u32 types[] = {
		DESC_DATA | DESC_DPL(3),	 /* flat */
		DESC_CODE | DESC_DPL(3) | 0x400, /* flat, conforming, readable */
		DESC_DATA | DESC_DPL(1),
		DESC_DATA | DESC_DPL(3) | DESC_EXPAND_DOWN,
	};

	return descriptor(0, slot % 4 == 3 ? 0 : 0xffffffff, types[slot % 4]);
}

#define PAGES 14

static void accomplice(void)
{
	unsigned long frames[PAGES];
	u64 *gdt = pages_alloc(PAGES);
	u32 i, value = 0;

	for (i = 0; i < PAGES * 512; i++)
		gdt[i] = open_descriptor(i);
	for (i = 0; i < PAGES; i++) {
		frames[i] = frame_of(gdt + i * 512);
		require(!page_rights(gdt + i * 512, PTE_READONLY), "read-only");
	}
	check_errno(hypercall(set_gdt, frames, PAGES * 512), 0, "set_gdt");
	for (i = 1; i < PAGES * 512; i += 101)
		check_errno(gdt_set(gdt, i, open_descriptor(i)), 0, "update_descriptor");
	check(mmuext(MMUEXT_SET_LDT, (u32)gdt, 512) < 0, "an LDT was accepted");
	/* Load them too: the hidden parts of the registers must not stay for the plugin. */
	asm volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%fs; movl %1, %%gs"
		     :
		     : "r"(SELECTOR(8, 3)), "r"(SELECTOR(4, 3)));
	check_eq(PROBE_IO("movl %%gs:(%1), %0", "=r"(value), "r"(&secret)), 0, "by gs");
	check_eq(value, secret, "the accomplice's own");
}

static void stale(void)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		escape_code(i ? stale_gs : stale_fs, i ? stale_gs_end : stale_fs_end);
		*(u32 *)hostile.data = ~0u;
		check_eq(escape_call(0, (u32)&secret, 0, NULL), PLUGIN_STATUS_FAULT, "status");
		check_eq(*(u32 *)hostile.data, 0, "selector that was left");
		check_fault("stale", i, limits_hold ? X86_GP : X86_PF, limits_hold ? 0 : PF_USER);
	}
}

static void through_code(void)
{
	u32 value = 0;

	escape_code(read_cs, read_cs_end);
	if (limits_hold) {
		check_eq(escape_call(0, 0x1040, 0, &value), PLUGIN_STATUS_FAULT, "cs read");
		check_fault("cs read", 0, X86_GP, 0);
	} else {
		check_eq(escape_call(0, 0x1040, 0, &value), 0, "cs read");
		check_eq(value, *(u32 *)(hostile.text + 0x40), "text");
	}
	check_eq(escape_call(0, (u32)&secret, 0, &value), PLUGIN_STATUS_FAULT, "kernel by cs");
	check_eq(escape_call(0, 0xff000000, 0, &value), PLUGIN_STATUS_FAULT, "monitor by cs");
	check_eq(escape_call(0, 0xfee00000, 0, &value), PLUGIN_STATUS_FAULT, "monitor by cs");
	escape_code(write_cs, write_cs_end);
	check_eq(escape_call(0, 0x1800, 0, &value), PLUGIN_STATUS_FAULT, "text by cs");
	check_eq(escape_call(0, 0x3100, 0, &value), limits_hold ? PLUGIN_STATUS_FAULT : 0,
		 "data by cs");
	check_eq(escape_call(0, (u32)&secret, 0, &value), PLUGIN_STATUS_FAULT, "kernel by cs");
	check_eq(secret, 0x5ec2e75e, "the kernel's word");
}

/* ---- selectors in the registers at each entry into the monitor ---- */

/*
 * Arguments: selectors for DS and ES, for FS and GS, and how to enter the monitor: 0 return, 1
 * and 2 services 200 and 7, 3 an exception, 4 a page fault whose instruction must be decoded,
 * 5 the tick. Stores the selectors found afterwards at 3010.
 */
PLUGIN_CODE(leave, "movl 4(%esp), %eax; movl 8(%esp), %edx; movl 12(%esp), %ecx\n"
		   "movl %eax, %ds; shrl $16, %eax; movl %eax, %es\n"
		   "movl %edx, %fs; shrl $16, %edx; movl %edx, %gs\n"
		   "jecxz 9f; decl %ecx; jecxz 1f; decl %ecx; jecxz 2f; decl %ecx; jecxz 3f\n"
		   "decl %ecx; jecxz 4f; decl %ecx; jecxz 5f; ud2\n"
		   "1: movl $200, %eax; int $0x81; jmp 8f\n"
		   "2: movl $7, %eax; int $0x81; jmp 8f\n"
		   "3: ud2\n"
		   "4: movl %ss:0x9000, %eax\n"
		   "5: cmpl $0, %ss:0x3000; je 5b\n"
		   "8: movw %ds, %ss:0x3010; movw %es, %ss:0x3012; movw %fs, %ss:0x3014\n"
		   "movw %gs, %ss:0x3016\n"
		   "9: xorl %eax, %eax; movl $0x5e1, %edx; int $0x81");

static u16 loadable[8];
static u32 nr_loadable;

static void on_timer(u32 port, struct regs *regs)
{
	(void)port;
	(void)regs;
	*(volatile u32 *)hostile.data = 1;
}

static bool same(u16 was, u16 is)
{
	/* An iret may change one null selector into another. */
	return was < 4 ? is < 4 : is == was;
}

static void leave_them(const u16 sel[4], u32 how)
{
	u32 value = 0, i;
	u16 *left = (u16 *)(hostile.data + 0x10);
	long status;

	*(u32 *)hostile.data = 0;
	memset(left, 0xff, 8);
	if (how == 5)
		set_timer(clock_ns() + MS(1));
	status = escape_call(sel[0] | sel[1] << 16, sel[2] | sel[3] << 16, how, &value);
	if (status == PLUGIN_STATUS_SERVICE && how == 2) {
		check_eq(plugin_request.nr, 7, "service");
		status = plugin_reply(hostile.handle, 0, 0, &value);
	}
	if (how == 3 || how == 4) {
		struct plugin_fault f = escape_fault();

		check_eq(status, PLUGIN_STATUS_FAULT, "status with selectors, way %u", how);
		check(same(sel[0], (u16)f.ds) && same(sel[1], (u16)f.es) &&
			      same(sel[2], (u16)f.fs) && same(sel[3], (u16)f.gs),
		      "record has %x %x %x %x, not %x %x %x %x", f.ds, f.es, f.fs, f.gs, sel[0],
		      sel[1], sel[2], sel[3]);
		return;
	}
	check_eq(status, 0, "status with selectors %x %x %x %x, way %u", sel[0], sel[1], sel[2],
		 sel[3], how);
	check_eq(value, 0x5e1, "value, way %u", how);
	for (i = 0; i < 4 && how; i++)
		check(same(sel[i], left[i]), "way %u: selector %u was %x and is %x", how, i, sel[i],
		      left[i]);
}

static void selectors_left(void)
{
	struct plugin_services s = { .allowed = { 1 << 7 }, .strikes = 0x40000000 };
	u32 n, k, how, nr;
	u16 sel[4];
	long port = event_bind_virq(VIRQ_TIMER);

	require(port > 0, "no timer virq: %ld", port);
	event_handle(port, on_timer);
	event_unmask(port);
	for (n = 0; n < 4; n++)
		loadable[nr_loadable++] = (u16)n;
	for (n = 0; n <= ring; n++)
		loadable[nr_loadable++] = (u16)((ds & ~3u) | n);
	escape_code(leave, leave_end);
	check_errno(hypercall(plugin_op, PLUGINOP_services, hostile.handle, &s), 0, "services");
	hypercall(plugin_op, PLUGINOP_budget, hostile.handle, 5000000);
	nr = nr_loadable * nr_loadable * nr_loadable * nr_loadable;
	for (n = 0; n < nr; n += full ? 1 : 3) {
		for (k = 0, how = n; k < 4; k++, how /= nr_loadable)
			sel[k] = loadable[how % nr_loadable];
		leave_them(sel, n % 3);
	}
	/* One register at a time, as these ways end the plugin or wait for a tick. */
	upcalls_on();
	for (n = 0; n < 4 * nr_loadable; n++) {
		for (k = 0; k < 4; k++)
			sel[k] = (u16)(k == n / nr_loadable ? loadable[n % nr_loadable] : 0);
		leave_them(sel, 5);
	}
	for (n = 0; n < 4 * nr_loadable; n++) {
		for (k = 0; k < 4; k++)
			sel[k] = (u16)(k == n / nr_loadable ? loadable[n % nr_loadable] : ds);
		leave_them(sel, 3);
		leave_them(sel, 4);
	}
	escape_unharmed("selectors left behind");
}

void test_main(void)
{
	struct plugin_fault f;

	full = strstr((const char *)start_info->cmd_line, "full");
	escape_init();
	escape_code(read_cs, read_cs_end);
	escape_call(0, 0x9000, 0, NULL);
	f = escape_fault();
	cs = f.cs;
	ds = f.ss;
	ring = f.cs & 3;
	check_eq(ring, page_mode ? 3 : 2, "ring");
	escape_attacks = 0;

	/* Without descriptors of the guest: only the monitor's flat segments. */
	sweeps(0, 5);
	escape_row(1, "stopped");
	accomplice();
	sweeps(0, 6);
	escape_row(2, "stopped");
	stale();
	sweeps(3, 4);
	escape_row(3, "stopped");
	sweeps(5, ARRAY_SIZE(ways));
	escape_row(7, "stopped");
	through_code();
	escape_row(4, limits_hold ? "stopped" : "harmless: it reads its own text");
	selectors_left();
	escape_row(28, "stopped");
	report_success();
}
