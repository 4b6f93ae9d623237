// SPDX-License-Identifier: MIT
/*
 * insn_access(): the result for every opcode, from maps in the order of the SDM (volume 2,
 * appendix A), with each instruction complete and cut off anywhere; and which of two
 * accesses is named if one of them ends at the limit or a byte behind it. insn_test.c
 * tests the forms of an address, with code made by the assembler.
 */
#include <string.h>

#include <hv/insn.h>

#include "check.h"

#define LIMIT 0x6000u
#define DISP  0x01020304u

static const struct regs usual = {
	.eax = 0x1ff,
	.ecx = 0x20,
	.edx = 0x3000,
	.ebx = 0x7000,
	.esp = 0x5f00,
	.ebp = 0x5e00,
	.esi = 0x13100,
	.edi = 0x29000,
	.eip = 0x1040,
};

/*
 * . nothing   r, w read or write of a ModRM operand   g by the group below
 * + push      - pop       A pusha    E leave     R ret     x xlat
 * m, M load or store at a plain address    T movs  C cmps  S stos  L lods  N scas
 * j, J short or near jump    c near call    P prefix    F two bytes
 */
/* clang-format off */
static const char one_byte[] =
	"wwrr..+-wwrr..+F" "wwrr..+-wwrr..+-" "wwrr..P.wwrr..P." "wwrr..P.rrrr..P."
	"................" "++++++++--------" "A-rwPPPP+r+r...." "jjjjjjjjjjjjjjjj"
	"ggggrrwwwwrrw.rw" "............+-.." "mmMMTTCC..SSLLNN" "................"
	"wwRRrrww+E--...-" "wwww...xrgrgrgrg" "jjjj....cJ.j...." "P.PP..gg......gg";

/* ? undefined, or a different instruction with another prefix: not tested. */
static const char two_bytes[] =
	"................" "rwrwrrrw........" "........rwrwrrrr" "................"
	"rrrrrrrrrrrrrrrr" "rrrrrrrrrrrrrrrr" "rrrrrrrrrrrrrrrr" "rrrrrrr.......ww"
	"JJJJJJJJJJJJJJJJ" "wwwwwwwwwwwwwwww" "...rww.....wwwgr" "wwrwrrrr..gwrrrr"
	"wwrwrrrw........" "rrrrrrwrrrrrrrrr" "rrrrrrrwrrrrrrrr" "rrrrrrrrrrrrrrr.";
/* clang-format on */

struct group {
	unsigned int opcode;
	const char *what;
};

/* B: branch whose target is read from memory; q: push of an operand in memory. */
static const struct group groups[] = {
	{ 0x80, "wwwwwwwr" },	{ 0x81, "wwwwwwwr" },	{ 0x82, "wwwwwwwr" }, { 0x83, "wwwwwwwr" },
	{ 0xd9, "r?wwrrww" },	{ 0xdb, "rwww?r?w" },	{ 0xdd, "rwwwr?ww" }, { 0xdf, "rwwwrrww" },
	{ 0xf6, "r?wwrrrr" },	{ 0xf7, "r?wwrrrr" },	{ 0xfe, "ww??????" }, { 0xff, "wwBrBrq?" },
	{ 0x0fae, "wrrww???" }, { 0x0fba, "????rwww" },
};

static char of_group(unsigned int opcode, unsigned int sub)
{
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].opcode == opcode)
			return groups[i].what[sub];
	CHECK(0, "no group %#x", opcode);
	return 0;
}

static bool decode(const u8 *code, u32 len, const struct regs *r, u32 limit, struct insn_access *a)
{
	u8 *copy = malloc(len + !len); /* exact size: sanitizers detect a read past its end */
	bool found;

	memcpy(copy, code, len);
	*a = (struct insn_access){ .address = 0xbad, .kind = 77, .target_size = 77 };
	found = insn_access(copy, len, r, limit, a);
	free(copy);
	return found;
}

static const char *text(const u8 *code, u32 len)
{
	static char line[64];
	u32 i;

	line[0] = 0;
	for (i = 0; i < len; i++)
		sprintf(line + 3 * i, "%02x ", code[i]);
	return line;
}

static void nothing(const u8 *code, u32 len)
{
	struct insn_access a;

	CHECK(!decode(code, len, &usual, LIMIT, &a), "%s, kind %d at %#x", text(code, len), a.kind,
	      a.address);
}

static void is(const u8 *code, u32 len, const struct regs *r, u32 limit, struct insn_access want)
{
	struct insn_access a;

	CHECK(decode(code, len, r, limit, &a), "%s", text(code, len));
	CHECK(a.address == want.address && a.kind == want.kind && a.target_size == want.target_size,
	      "%s: kind %d at %#x, target %u; want %d, %#x, %u", text(code, len), a.kind, a.address,
	      a.target_size, want.kind, want.address, want.target_size);
}

/* The complete instruction has this access; cut off anywhere it has none. */
static void whole(const u8 *code, u32 len, u32 address, enum insn_kind kind, u8 target_size)
{
	u32 n;

	is(code, len, &usual, LIMIT, (struct insn_access){ address, kind, target_size });
	for (n = 0; n < len; n++)
		nothing(code, n);
}

/* ModRM names memory: there is an access. ModRM names a register: there is none. */
static void modrm(const u8 *opcode, u32 len, unsigned int sub, char what)
{
	u8 code[8] = { opcode[0], opcode[1] };
	u32 disp = DISP;
	enum insn_kind kind = what == 'w' ? INSN_WRITE : INSN_READ;

	code[len] = 0x87 | sub << 3; /* disp32(%edi) */
	memcpy(code + len + 1, &disp, 4);
	whole(code, len + 5, usual.edi + DISP, kind, what == 'B' ? 4 : 0);
	if (code[0] == 0xff)
		return;
	code[len] = 0xc0 | sub << 3;
	nothing(code, sizeof(code));
}

static void operand(const u8 *opcode, u32 len, char what)
{
	unsigned int sub;
	char this;

	for (sub = 0; sub < 8; sub++) {
		this = what == 'g' ? of_group(len == 2 ? 0x0f00 | opcode[1] : opcode[0], sub) :
				     what;
		if (this != '?')
			modrm(opcode, len, sub, this);
	}
}

static void with_one_byte(u8 op, char what)
{
	const struct regs *r = &usual;
	const u8 code[] = { op, 0x04, 0x03, 0x02, 0x01 };

	switch (what) {
	case '.':
		nothing(code, 5);
		break;
	case 'r':
	case 'w':
	case 'g':
		operand(code, 1, what);
		break;
	case '+':
		whole(code, 1, r->esp - 4, INSN_WRITE, 0);
		break;
	case '-':
		whole(code, 1, r->esp, INSN_READ, 0);
		break;
	case 'A':
		whole(code, 1, r->esp - 32, INSN_WRITE, 0);
		break;
	case 'E':
		whole(code, 1, r->ebp, INSN_READ, 0);
		break;
	case 'R':
		whole(code, 1, r->esp, INSN_READ, 4);
		break;
	case 'x':
		whole(code, 1, r->ebx + 0xff, INSN_READ, 0);
		break;
	case 'm':
	case 'M':
		whole(code, 5, DISP, what == 'm' ? INSN_READ : INSN_WRITE, 0);
		break;
	case 'T':
	case 'L':
	case 'C':
		whole(code, 1, r->esi, INSN_READ, 0);
		break;
	case 'S':
		whole(code, 1, r->edi, INSN_WRITE, 0);
		break;
	case 'N':
		whole(code, 1, r->edi, INSN_READ, 0);
		break;
	case 'j':
		whole(code, 2, r->eip + 2 + 4, INSN_FETCH, 0);
		whole((u8[]){ op, 0xfc }, 2, r->eip + 2 - 4, INSN_FETCH, 0);
		break;
	case 'J':
	case 'c':
		whole(code, 5, r->eip + 5 + DISP, INSN_FETCH, 0);
		break;
	case 'P':
		/* The prefix before mov %eax, (%ebx), once and twice. */
		if (op != 0x67) {
			whole((u8[]){ op, 0x89, 0x03 }, 3, r->ebx, INSN_WRITE, 0);
			whole((u8[]){ op, op, 0x89, 0x03 }, 4, r->ebx, INSN_WRITE, 0);
		} else {
			whole((u8[]){ op, 0x89, 0x03 }, 3, (r->ebp + r->edi) & 0xffff, INSN_WRITE,
			      0);
		}
		break;
	}
}

static void with_two_bytes(u8 op, char what)
{
	const u8 code[] = { 0x0f, op, 0x04, 0x03, 0x02, 0x01 };

	if (what == 'J')
		whole(code, 6, usual.eip + 6 + DISP, INSN_FETCH, 0);
	else if (what == '.')
		nothing(code, 6);
	else if (what != '?')
		operand(code, 2, what);
}

/* A 16-bit operand size that changes the access. */
static void short_operands(void)
{
	const u32 esp = usual.esp;

	whole((u8[]){ 0x66, 0x50 }, 2, esp - 2, INSN_WRITE, 0);
	whole((u8[]){ 0x66, 0x60 }, 2, esp - 16, INSN_WRITE, 0);
	whole((u8[]){ 0x66, 0xc3 }, 2, esp, INSN_READ, 2);
	whole((u8[]){ 0x66, 0xff, 0x23 }, 3, usual.ebx, INSN_READ, 2);
}

/* Opcode ff with a register operand: call, jmp and push. */
static void group5_register(void)
{
	u8 code[2] = { 0xff };
	unsigned int sub;

	for (sub = 0; sub < 8; sub++) {
		code[1] = 0xc3 | sub << 3;
		if (sub == 2 || sub == 4)
			whole(code, 2, usual.ebx, INSN_FETCH, 0);
		else if (sub == 6)
			whole(code, 2, usual.esp - 4, INSN_WRITE, 0);
		else
			nothing(code, 2);
	}
}

/* Which of two accesses, at a and b, is expected with this limit? */
#define FIRST  0
#define SECOND 1

struct two {
	u32 a, b, limit;
	int which;
};

static const struct two strings[][8] = {
	/* one byte */
	{ { 0x10, 0x20, LIMIT, FIRST },
	  { LIMIT - 1, LIMIT - 1, LIMIT, FIRST },
	  { LIMIT - 1, LIMIT, LIMIT, SECOND },
	  { LIMIT, LIMIT - 1, LIMIT, FIRST },
	  { LIMIT, LIMIT, LIMIT, FIRST },
	  { 0, 0, 1, FIRST },
	  { 0, 1, 1, SECOND },
	  { 0, ~0u, LIMIT, SECOND } },
	/* two */
	{ { LIMIT - 2, LIMIT - 2, LIMIT, FIRST },
	  { LIMIT - 2, LIMIT - 1, LIMIT, SECOND },
	  { LIMIT - 1, LIMIT - 2, LIMIT, FIRST },
	  { LIMIT - 1, LIMIT, LIMIT, FIRST },
	  { 0, 0, 2, FIRST },
	  { 0, 1, 2, SECOND },
	  { 0, 0, 1, FIRST },
	  { 0, ~0u, LIMIT, SECOND } },
	/* four */
	{ { LIMIT - 4, LIMIT - 4, LIMIT, FIRST },
	  { LIMIT - 4, LIMIT - 3, LIMIT, SECOND },
	  { LIMIT - 3, LIMIT - 4, LIMIT, FIRST },
	  { LIMIT - 3, LIMIT, LIMIT, FIRST },
	  { 0, 8, 4, SECOND },
	  { 0, 1, 4, SECOND },
	  { 0, 8, 3, FIRST },
	  { 0, ~0u, LIMIT, SECOND } },
};

static void limits(void)
{
	struct regs r = usual;
	unsigned int kind, i;

	for (kind = 0; kind < 3; kind++) {
		const u8 code[] = { kind == 1 ? 0x66 : 0x2e, kind == 0 ? 0xa4 : 0xa5 };
		const u8 compare[] = { code[0], code[1] + 2 };

		for (i = 0; i < 8; i++) {
			const struct two *t = &strings[kind][i];
			u32 at = t->which == FIRST ? t->a : t->b;

			r.esi = t->a;
			r.edi = t->b;
			is(code, 2, &r, t->limit,
			   (struct insn_access){ at, t->which == FIRST ? INSN_READ : INSN_WRITE,
						 0 });
			is(compare, 2, &r, t->limit, (struct insn_access){ at, INSN_READ, 0 });
		}
	}
}

/* String instructions with 16-bit addresses: si and di. */
static void short_addresses(void)
{
	u32 si = usual.esi & 0xffff, di = usual.edi & 0xffff;

	whole((u8[]){ 0x67, 0xa4 }, 2, di, INSN_WRITE, 0);
	whole((u8[]){ 0x67, 0xac }, 2, si, INSN_READ, 0);
	whole((u8[]){ 0x67, 0xaa }, 2, di, INSN_WRITE, 0);
	whole((u8[]){ 0x67, 0xae }, 2, di, INSN_READ, 0);
}

/*
 * Calls and pushes with an operand in memory, with the stack a byte too small and just
 * large enough: the failing access is the push, or else the other access.
 */
static void stacks(void)
{
	static const u8 near[] = { 0xe8, 0, 0, 0, 0x10 }, indirect[] = { 0xff, 0xd3 };
	static const u8 through[] = { 0xff, 0x12 }, outside[] = { 0xff, 0x13 };
	static const u8 push[] = { 0xff, 0x32 }, push_outside[] = { 0xff, 0x33 };
	static const u8 push_plain[] = { 0xff, 0x35, 0, 0x30, 0, 0 };
	struct regs r = usual;
	struct insn_access a;
	u32 esp, n;

	for (esp = LIMIT; esp <= LIMIT + 1; esp++) {
		struct insn_access fails = { esp - 4, INSN_WRITE, 0 };
		bool room = esp == LIMIT;

		r.esp = esp;
		is(near, 5, &r, LIMIT,
		   room ? (struct insn_access){ 0x10001045, INSN_FETCH, 0 } : fails);
		is(indirect, 2, &r, LIMIT,
		   room ? (struct insn_access){ r.ebx, INSN_FETCH, 0 } : fails);
		is(through, 2, &r, LIMIT,
		   room ? (struct insn_access){ r.edx, INSN_READ, 4 } : fails);
		is(outside, 2, &r, LIMIT, (struct insn_access){ r.ebx, INSN_READ, room ? 4 : 0 });
		is(push, 2, &r, LIMIT, room ? (struct insn_access){ r.edx, INSN_READ, 0 } : fails);
		is(push_outside, 2, &r, LIMIT, (struct insn_access){ r.ebx, INSN_READ, 0 });
	}
	/* A cut-off instruction has neither access. */
	r.esp = LIMIT + 1;
	is(push_plain, 6, &r, LIMIT, (struct insn_access){ r.esp - 4, INSN_WRITE, 0 });
	for (n = 0; n < 6; n++)
		CHECK(!decode(push_plain, n, &r, LIMIT, &a), "%u bytes", n);
	/* With a limit of three bytes the push fits nowhere. */
	r.esp = 4;
	is(indirect, 2, &r, 4, (struct insn_access){ r.ebx, INSN_FETCH, 0 });
	is(indirect, 2, &r, 3, (struct insn_access){ 0, INSN_WRITE, 0 });
}

int main(void)
{
	unsigned int op;

	for (op = 0; op < 256; op++) {
		with_one_byte(op, one_byte[op]);
		with_two_bytes(op, two_bytes[op]);
	}
	short_operands();
	short_addresses();
	group5_register();
	limits();
	stacks();
	printf("%lu claims\nTest result: SUCCESS\n", checks);
	return 0;
}
