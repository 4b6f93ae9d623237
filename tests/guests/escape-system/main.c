// SPDX-License-Identifier: MIT
/*
 * Claim: a plugin has no I/O port, whichever ports the guest has (row 9). Instructions
 * that only the monitor may execute fault (row 10). Those that do not fault tell the
 * plugin only constants (row 11). A plugin has no performance counters (row 30).
 *
 * Provoked by: in and out of 1, 2 and 4 bytes at all ports that the monitor keeps or the
 * guest uses, at both ends of the port space and at a part of the rest ("full": all
 * 65536), while the guest kernel uses ports itself. All second bytes, and where they
 * have a meaning all ModRM bytes, of the opcodes of system instructions. MSRs and
 * counters by number.
 *
 * Harmless: without UMIP, sgdt, sidt, sldt, str and smsw give values; the test prints
 * them, and they are the same in every boot of a build. rdtsc is permitted.
 *
 * Cannot tell: instructions that this machine does not have.
 */
#include <lib/escape.h>
#include <lib/test.h>

static bool full;

/* ---- ports ---- */

#define PORT(name, insn)                                                                 \
	PLUGIN_CODE(name, "movl 4(%esp), %edx; movl $0x3100, %edi; movl $0x3100, %esi\n" \
			  "movl $1, %ecx; xorl %eax, %eax; cld; nop; " insn "; ret")
PORT(in1, "inb %dx, %al");
PORT(in2, "inw %dx, %ax");
PORT(in4, "inl %dx, %eax");
PORT(out1, "outb %al, %dx");
PORT(out2, "outw %ax, %dx");
PORT(out4, "outl %eax, %dx");
PORT(ins, "insb");
PORT(outs, "rep outsl");
#define PORT_INSN 23 /* offset of the instruction */

/* Kept by the monitor, used by devices, and the ends. */
static const u16 known[] = { 0,	    1,	   0x20,  0x21,	  0x40,	  0x43,	  0x60,	  0x61,	 0x64,
			     0x70,  0x71,  0x80,  0x92,	  0xa0,	  0xa1,	  0xe9,	  0xf4,	 0x1f0,
			     0x3f6, 0x3c0, 0x3d4, 0x3f8,  0x3f9,  0x3ff,  0x510,  0x604, 0xb004,
			     0xcf8, 0xcf9, 0xcfc, 0x8900, 0xfffc, 0xfffd, 0xfffe, 0xffff };

static void one_port(u32 port)
{
	struct plugin_fault f;

	if (!check_eq(escape_call(port, 0, 0, NULL), PLUGIN_STATUS_FAULT, "port %x", port))
		return;
	f = escape_fault();
	check_eq(f.vector << 16 | f.error_code, X86_GP << 16, "port %x: vector", port);
	check_eq(f.eip, PLUGIN_ENTRY + PORT_INSN, "port %x: eip", port);
}

static void ports(void)
{
	static const struct {
		const u8 *code, *end;
	} ways[] = {
		{ in1, in1_end },   { in2, in2_end },	{ in4, in4_end }, { out1, out1_end },
		{ out2, out2_end }, { out4, out4_end }, { ins, ins_end }, { outs, outs_end },
	};
	struct physdev_set_iopl iopl = { .iopl = 1 };
	u32 bitmap[2048], value, i, port;
	struct physdev_set_iobitmap open = { { (void *)bitmap }, 65536 };

	/* All hypercalls by which a guest could open its ports. */
	memset(bitmap, 0, sizeof(bitmap));
	hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &open);
	check_errno(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0, "iopl 1");
	iopl.iopl = 3;
	check(hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl) < 0, "iopl 3");
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		escape_code(ways[i].code, ways[i].end);
		if (i < 2)
			check_eq(PROBE_IO("inb $0x80, %b0", "=a"(value)), 0, "the guest's port");
		for (port = 0; full && port < 65536; port++)
			one_port(port);
		for (port = i; !full && i < 6 && port < 65536; port += 211)
			one_port(port);
		for (port = 0; port < ARRAY_SIZE(known); port++)
			one_port(known[port]);
	}
	escape_unharmed("ports");
	escape_row(9, "stopped");
}

/* ---- instructions ---- */

/* The tested bytes replace the nops. Every register is 3100. A ud2 follows. */
PLUGIN_CODE(run, "movl $0x3100, %eax; movl %eax, %ebx; movl %eax, %ecx; movl %eax, %edx\n"
		 "movl %eax, %esi; movl %eax, %edi; movl %eax, %ebp; movl $0, %ss:0x3000\n"
		 "nop; nop");
#define BYTES 16
static u8 *place;

enum result { STOPPED, RAN };

/* STOPPED at the instruction itself, or RAN to the ud2 behind it. */
static enum result try(const u8 *bytes, u32 nr, const char *name)
{
	struct plugin_fault f;
	u32 at = (u32)(run_end - run);

	memset(place, 0x90, BYTES);
	memcpy(place, bytes, nr);
	memset(hostile.data + 0x100, 0, 64);
	if (!check_eq(escape_call(0, 0, 0, NULL), PLUGIN_STATUS_FAULT, "%s: status", name))
		return RAN;
	f = escape_fault();
	if (f.eip == PLUGIN_ENTRY + at) {
		check(f.vector == X86_GP || f.vector == X86_UD || f.vector == X86_PF ||
			      f.vector == X86_SS || f.vector == X86_NM,
		      "%s: vector %u", name, f.vector);
		return STOPPED;
	}
	check(f.vector == X86_UD && f.eip == PLUGIN_ENTRY + at + BYTES, "%s: vector %u at %x", name,
	      f.vector, f.eip);
	return RAN;
}

static const char *hex(const u8 *bytes, u32 nr)
{
	static char text[40];
	u32 i;

	for (i = 0; i < nr; i++)
		format_string(text + 3 * i, 4, "%02x ", bytes[i]);
	return text;
}

static void must_stop(const u8 *bytes, u32 nr)
{
	check_eq(try(bytes, nr, hex(bytes, nr)), STOPPED, "%s", hex(bytes, nr));
}

/* Does the SDM allow this instruction in every ring? */
static bool for_everyone(const u8 *b)
{
	u32 reg = b[2] >> 3 & 7;
	bool memory = b[2] < 0xc0;

	if (b[1] == 0) /* sldt, str; verr, verw */
		return reg <= 1 || reg == 4 || reg == 5;
	if (b[1] == 1) /* sgdt, sidt, smsw; xgetbv, xtest, rdpkru, rdtscp */
		return (memory && reg <= 1) || reg == 4 || b[2] == 0xd0 || b[2] == 0xd6 ||
		       b[2] == 0xee || b[2] == 0xf9;
	return false;
}

static void instructions(void)
{
	static const u8 stopped[][4] = {
		{ 1, 0xf4 },
		{ 1, 0xfa },
		{ 1, 0xfb },
		{ 2, 0x0f, 0x06 },
		{ 2, 0x0f, 0x08 },
		{ 2, 0x0f, 0x09 },
		{ 2, 0x0f, 0x30 },
		{ 2, 0x0f, 0x32 },
		{ 2, 0x0f, 0x33 },
		{ 2, 0x0f, 0x34 },
		{ 2, 0x0f, 0x35 },
		{ 2, 0x0f, 0x07 },
		{ 2, 0x0f, 0x05 },
		{ 2, 0x0f, 0xaa },
		{ 2, 0x0f, 0x37 },
		{ 3, 0x0f, 0x78, 0xc1 },
		{ 3, 0x0f, 0x79, 0xc1 },
		{ 3, 0x0f, 0xc7, 0x33 },
		{ 3, 0x0f, 0xc7, 0x3b },
		{ 3, 0x0f, 0x24, 0xc0 },
		{ 3, 0x0f, 0x26, 0xc0 },
	};
	/* rdmsr, wrmsr, rdpmc of ... */
	static const u32 msr[] = { 0x10,       0x1b,	   0x8b,       0x174,
				   0x175,      0x176,	   0x1d9,      0x277,
				   0x2ff,      0xc0000080, 0xc0000081, 0xc0000082,
				   0xc0000100, 0xc0000102, 0xc0010015, 0xffffffff };
	u8 bytes[BYTES] = { 0x0f };
	u32 i, n, ran = 0;

	escape_code(run, run_end);
	place = hostile.text + 0x40 + (run_end - run);
	memcpy(place + BYTES, "\x0f\x0b", 2);
	for (i = 0; i < ARRAY_SIZE(stopped); i++)
		must_stop(stopped[i] + 1, stopped[i][0]);
	for (n = 0; n < 2; n++) /* 0f 00, 0f 01 */
		for (i = 0; i < 256; i++) {
			bytes[1] = (u8)n;
			bytes[2] = (u8)i;
			if (try(bytes, 3, hex(bytes, 3)) == RAN) {
				check(for_everyone(bytes), "%s was carried out", hex(bytes, 3));
				ran++;
			}
		}
	for (n = 0x20; n < 0x24; n++) /* control and debug registers */
		for (i = 0; i < 256; i += i < 0xc0 ? 16 : 1) {
			bytes[1] = (u8)n;
			bytes[2] = (u8)i;
			must_stop(bytes, 3);
		}
	for (i = 0; i < ARRAY_SIZE(msr); i++)
		for (n = 0; n < 2; n++) {
			bytes[0] = 0xb9; /* mov $msr, %ecx */
			memcpy(bytes + 1, &msr[i], 4);
			bytes[5] = 0x0f;
			bytes[6] = n ? 0x30 : 0x32;
			memset(place, 0x90, BYTES);
			memcpy(place, bytes, 7);
			check_eq(escape_call(0, 0, 0, NULL), PLUGIN_STATUS_FAULT, "msr %x", msr[i]);
			check_eq(escape_fault().eip, PLUGIN_ENTRY + (run_end - run) + 5,
				 "msr %x: eip", msr[i]);
			check_eq(escape_fault().vector, X86_GP, "msr %x: vector", msr[i]);
		}
	escape_unharmed("instructions");
	print("%u system instructions are for every ring\n", ran);
	escape_row(10, "stopped");
}

/* ---- instructions that a plugin may execute ---- */

PLUGIN_CODE(ask, "xorl %eax, %eax; sgdt 0x3100; sidt 0x3108; sldt %eax; movl %eax, 0x3110\n"
		 "str %eax; movl %eax, 0x3114; smsw %eax; movl %eax, 0x3118; ret");
/* lsl and lar of all selectors: how many, and the limits added up. */
PLUGIN_CODE(ask_limits,
	    "pushl %ebx; pushl %esi; xorl %ecx, %ecx; xorl %edx, %edx; xorl %esi, %esi\n"
	    "1: lsl %ecx, %eax; jnz 2f; addl %eax, %esi; incl %edx\n"
	    "2: lar %ecx, %eax; jnz 3f; addl $0x100, %edx\n"
	    "3: incl %ecx; cmpl $0x10000, %ecx; jne 1b\n"
	    "movl %esi, 0x3100; movl %edx, %eax; popl %esi; popl %ebx; ret");

static void asked(void)
{
	bool umip = plugin_info().enforces & PLUGIN_ENFORCES_UMIP;
	u8 *data = hostile.data + 0x100;
	u32 value = 0, rings = page_mode ? 4 : 3;

	escape_code(ask, ask_end);
	if (umip) {
		check_eq(escape_call(0, 0, 0, NULL), PLUGIN_STATUS_FAULT, "sgdt");
	} else {
		check_eq(escape_call(0, 0, 0, NULL), 0, "sgdt");
		print("sgdt %x %x, sidt %x %x, sldt %x, str %x, smsw %x\n", *(u32 *)(data + 2),
		      *(u16 *)data, *(u32 *)(data + 10), *(u16 *)(data + 8), *(u32 *)(data + 16),
		      *(u32 *)(data + 20), *(u32 *)(data + 24));
		check_eq(*(u32 *)(data + 2), 0xfea20000, "sgdt: base");
		check_eq(*(u32 *)(data + 16) & 0xffff, 0, "sldt");
	}
	escape_code(ask_limits, ask_limits_end);
	hypercall(plugin_op, PLUGINOP_budget, hostile.handle, 10000000);
	check_eq(escape_call(0, 0, 0, &value), 0, "lsl: status");
	/* The plugin's own two segments, once for each RPL that it may use. */
	check_eq(value, rings * 0x202, "selectors that have a limit, and rights");
	check_eq(*(u32 *)data, rings * (0x1fff + 0x5fff), "limits, added up");
	escape_unharmed("questions");
	escape_row(11, umip ? "stopped" : "harmless: addresses that are the same in every boot");
}

PLUGIN_CODE(count_time, "rdtsc; movl %eax, %ecx; rdtsc; subl %ecx, %eax; ret");
PLUGIN_CODE(count_events, "movl 4(%esp), %ecx; rdpmc; ret");

static void counters(void)
{
	static const u32 which[] = { 0,		 1,	     2,		 7,	    0x40000000,
				     0x40000001, 0x40000002, 0x80000000, 0xffffffff };
	u32 i, value = 0;

	escape_code(count_events, count_events_end);
	for (i = 0; i < ARRAY_SIZE(which); i++) {
		check_eq(escape_call(which[i], 0, 0, NULL), PLUGIN_STATUS_FAULT, "rdpmc %x",
			 which[i]);
		check_eq(escape_fault().vector, X86_GP, "rdpmc %x: vector", which[i]);
	}
	escape_code(count_time, count_time_end);
	check_eq(escape_call(0, 0, 0, &value), 0, "rdtsc");
	check(value && (int)value > 0, "time does not go on: %d", (int)value);
	escape_unharmed("counters");
	escape_row(30, "harmless: rdtsc is open, and known to be; rdpmc is stopped");
}

void test_main(void)
{
	full = strstr((const char *)start_info->cmd_line, "full");
	escape_init();
	ports();
	instructions();
	asked();
	counters();
	report_success();
}
