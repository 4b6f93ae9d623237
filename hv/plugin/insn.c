// SPDX-License-Identifier: GPL-2.0-only
/*
 * A small instruction decoder: prefixes, ModRM, SIB, and what each opcode does
 * with its memory operand (SDM volume 2, appendix A). 32-bit code only.
 */
#include <hv/insn.h>

struct decoder {
	const u8 *start, *at, *end;
	const struct regs *r;
	u32 limit;
	bool short_operand, short_address, cut;
	struct insn_access *a;
};

/* Past the end of the code every byte reads as 0, which is no prefix. */
static u8 next8(struct decoder *d)
{
	if (d->at == d->end) {
		d->cut = true;
		return 0;
	}
	return *d->at++;
}

static u32 next32(struct decoder *d)
{
	u32 v = 0, i;

	for (i = 0; i < 32; i += 8)
		v |= (u32)next8(d) << i;
	return v;
}

static u32 reg(const struct decoder *d, unsigned int n)
{
	const struct regs *r = d->r;
	const u32 v[8] = { r->eax, r->ecx, r->edx, r->ebx, r->esp, r->ebp, r->esi, r->edi };

	return v[n & 7];
}

/* Report this access; callers return the result. */
static bool found(struct decoder *d, u32 address, enum insn_kind kind)
{
	d->a->address = address;
	d->a->kind = kind;
	d->a->target_size = 0;
	return true;
}

static bool inside(const struct decoder *d, u32 address, u32 size)
{
	return size <= d->limit && address <= d->limit - size;
}

/* Report the second of two accesses if only that is outside the segment, else the first. */
static bool found_of(struct decoder *d, u32 first, enum insn_kind first_kind, u32 second,
		     enum insn_kind second_kind, u32 size)
{
	if (inside(d, first, size) && !inside(d, second, size))
		return found(d, second, second_kind);
	return found(d, first, first_kind);
}

/* A near call: report its push if that is outside the segment, else the fetch of `target`. */
static bool call(struct decoder *d, u32 target)
{
	u32 at = d->r->esp - 4;

	return inside(d, at, 4) ? found(d, target, INSN_FETCH) : found(d, at, INSN_WRITE);
}

/* A near branch that reads its target from memory at `at`. */
static bool branch(struct decoder *d, u32 at)
{
	found(d, at, INSN_READ);
	d->a->target_size = d->short_operand ? 2 : 4;
	return true;
}

static u32 sib(struct decoder *d, u8 mod)
{
	u8 b = next8(d);
	u32 v = (b & 7) == 5 && !mod ? next32(d) : reg(d, b & 7);

	if ((b >> 3 & 7) != 4)
		v += reg(d, b >> 3) << (b >> 6);
	return v;
}

/* Offset of the memory operand with 32-bit addressing; `modrm` is not the register form. */
static u32 effective(struct decoder *d, u8 modrm)
{
	u8 mod = modrm >> 6, rm = modrm & 7;
	u32 v;

	if (rm == 4)
		v = sib(d, mod);
	else if (rm == 5 && !mod)
		v = next32(d);
	else
		v = reg(d, rm);
	if (mod == 1)
		v += (u32)(s8)next8(d);
	else if (mod == 2)
		v += next32(d);
	return v;
}

/* Offset of the memory operand with 16-bit addressing (prefix 67h). */
static u32 effective16(struct decoder *d, u8 modrm)
{
	const struct regs *r = d->r;
	u8 mod = modrm >> 6, rm = modrm & 7;
	const u32 base[8] = { r->ebx + r->esi, r->ebx + r->edi, r->ebp + r->esi, r->ebp + r->edi,
			      r->esi,	       r->edi,		r->ebp,		 r->ebx };
	u32 v = rm == 6 && !mod ? 0 : base[rm];

	if (mod == 1) {
		v += (u32)(s8)next8(d);
	} else if (mod == 2 || (rm == 6 && !mod)) {
		u32 low = next8(d);

		v += low | (u32)next8(d) << 8;
	}
	return v & 0xffff;
}

/* Does this one-byte opcode with a ModRM byte write its memory operand? */
static bool writes(u8 op, u8 modrm)
{
	u8 sub = modrm >> 3 & 7;

	switch (op) {
	case 0x00 ... 0x37:
		return (op & 7) < 2;
	case 0x80 ... 0x83:
		return sub != 7;
	case 0x63:
	case 0x86 ... 0x89:
	case 0x8c:
	case 0x8f:
	case 0xc0 ... 0xc1:
	case 0xc6 ... 0xc7:
	case 0xd0 ... 0xd3:
	case 0xfe:
		return true;
	case 0xf6 ... 0xf7:
		return sub == 2 || sub == 3;
	case 0xd9:
		return sub == 2 || sub == 3 || sub >= 6;
	case 0xdb:
	case 0xdd:
	case 0xdf:
		return (sub >= 1 && sub <= 3) || sub >= 6;
	}
	return false;
}

/* Does this one-byte opcode have a ModRM byte with a memory operand? */
static bool has_modrm(u8 op)
{
	switch (op) {
	case 0x00 ... 0x3f:
		return (op & 7) < 4;
	case 0x62 ... 0x63:
	case 0x69:
	case 0x6b:
	case 0x80 ... 0x8c:
	case 0x8e ... 0x8f:
	case 0xc0 ... 0xc1:
	case 0xc4 ... 0xc7:
	case 0xd0 ... 0xd3:
	case 0xd8 ... 0xdf:
	case 0xf6 ... 0xf7:
	case 0xfe ... 0xff:
		return true;
	}
	return false; /* lea (8dh) has a ModRM byte but accesses no memory */
}

/* Opcode after 0Fh: -1 if it has no memory operand, 1 if it writes it, else 0. */
static int writes_0f(u8 op, u8 modrm)
{
	u8 sub = modrm >> 3 & 7;

	switch (op) {
	case 0x11:
	case 0x13:
	case 0x17:
	case 0x29:
	case 0x2b:
	case 0x7e ... 0x7f:
	case 0x90 ... 0x9f:
	case 0xa4 ... 0xa5:
	case 0xab ... 0xad:
	case 0xb0 ... 0xb1:
	case 0xb3:
	case 0xbb:
	case 0xc0 ... 0xc1:
	case 0xc3:
	case 0xc7:
	case 0xd6:
	case 0xe7:
		return 1;
	case 0xae:
		return sub == 0 || sub == 3 || sub == 4;
	case 0xba:
		return sub != 4;
	case 0x10:
	case 0x12:
	case 0x14 ... 0x16:
	case 0x28:
	case 0x2a:
	case 0x2c ... 0x2f:
	case 0x40 ... 0x76:
	case 0xa3:
	case 0xaf:
	case 0xb2:
	case 0xb4 ... 0xb7:
	case 0xbc ... 0xbf:
	case 0xc2:
	case 0xc4 ... 0xc6:
	case 0xd0 ... 0xd5:
	case 0xd7 ... 0xe6:
	case 0xe8 ... 0xfe:
		return 0;
	}
	return -1;
}

static u32 memory_operand(struct decoder *d, u8 modrm)
{
	return d->short_address ? effective16(d, modrm) : effective(d, modrm);
}

/* A near jump; `distance` counts from the next instruction. */
static bool jump(struct decoder *d, u32 distance)
{
	return found(d, d->r->eip + (u32)(d->at - d->start) + distance, INSN_FETCH);
}

static bool two_byte(struct decoder *d)
{
	u8 op = next8(d), modrm;
	int w;

	if (op >= 0x80 && op <= 0x8f)
		return jump(d, next32(d));
	modrm = next8(d);
	w = writes_0f(op, modrm);
	if (w < 0 || modrm >> 6 == 3)
		return false;
	return found(d, memory_operand(d, modrm), w ? INSN_WRITE : INSN_READ);
}

/* movs, cmps, stos, lods, scas: `op` is A4h..A7h or AAh..AFh. */
static bool string(struct decoder *d, u8 op)
{
	u32 size = !(op & 1) ? 1 : d->short_operand ? 2 : 4;
	u32 si = d->r->esi, di = d->r->edi;

	if (d->short_address) {
		si &= 0xffff;
		di &= 0xffff;
	}
	switch (op & 0xfe) {
	case 0xa4:
		return found_of(d, si, INSN_READ, di, INSN_WRITE, size);
	case 0xa6:
		return found_of(d, si, INSN_READ, di, INSN_READ, size);
	case 0xaa:
		return found(d, di, INSN_WRITE);
	case 0xac:
		return found(d, si, INSN_READ);
	default:
		return found(d, di, INSN_READ);
	}
}

/* Group 5: inc, dec, call, lcall, jmp, ljmp, push. */
static bool group5(struct decoder *d, u8 modrm)
{
	u8 sub = modrm >> 3 & 7;
	u32 at;

	if (modrm >> 6 == 3) {
		if (sub == 2)
			return call(d, reg(d, modrm));
		if (sub == 4)
			return found(d, reg(d, modrm), INSN_FETCH);
		return sub == 6 && found(d, d->r->esp - 4, INSN_WRITE);
	}
	at = memory_operand(d, modrm);
	switch (sub) {
	case 0:
	case 1:
		return found(d, at, INSN_WRITE);
	case 2:
		if (inside(d, d->r->esp - 4, 4))
			return branch(d, at);
		return found_of(d, at, INSN_READ, d->r->esp - 4, INSN_WRITE, 4);
	case 4:
		return branch(d, at);
	case 6:
		return found_of(d, at, INSN_READ, d->r->esp - 4, INSN_WRITE, 4);
	}
	return found(d, at, INSN_READ);
}

/* Opcodes that access no memory but the stack. */
static bool stack(struct decoder *d, u8 op)
{
	u32 size = d->short_operand ? 2 : 4;

	switch (op) {
	case 0x06:
	case 0x0e:
	case 0x16:
	case 0x1e:
	case 0x50 ... 0x57:
	case 0x68:
	case 0x6a:
	case 0x9c:
	case 0xc8:
		return found(d, d->r->esp - size, INSN_WRITE);
	case 0x60: /* pusha: report the lowest of its eight pushes */
		return found(d, d->r->esp - 8 * size, INSN_WRITE);
	case 0x07:
	case 0x17:
	case 0x1f:
	case 0x58 ... 0x5f:
	case 0x61:
	case 0x9d:
	case 0xca ... 0xcb:
	case 0xcf:
		return found(d, d->r->esp, INSN_READ);
	case 0xc2 ... 0xc3:
		return branch(d, d->r->esp);
	case 0xc9:
		return found(d, d->r->ebp, INSN_READ);
	}
	return false;
}

static bool decode(struct decoder *d)
{
	u8 op, modrm;

	for (;;) {
		op = next8(d);
		if (op == 0x66)
			d->short_operand = true;
		else if (op == 0x67)
			d->short_address = true;
		else if (op != 0x26 && op != 0x2e && op != 0x36 && op != 0x3e && op != 0x64 &&
			 op != 0x65 && op != 0xf0 && op != 0xf2 && op != 0xf3)
			break;
	}
	if (op == 0x0f)
		return two_byte(d);
	if (op >= 0xa0 && op <= 0xa3)
		return found(d, next32(d), op >= 0xa2 ? INSN_WRITE : INSN_READ);
	if (op >= 0xa4 && op <= 0xaf && op != 0xa8 && op != 0xa9)
		return string(d, op);
	if (op == 0xe9)
		return jump(d, next32(d));
	if (op == 0xeb || (op >= 0x70 && op <= 0x7f) || (op >= 0xe0 && op <= 0xe3))
		return jump(d, (u32)(s8)next8(d));
	if (op == 0xe8) {
		u32 distance = next32(d);

		return call(d, distance + d->r->eip + (u32)(d->at - d->start));
	}
	if (op == 0xd7)
		return found(d, d->r->ebx + (d->r->eax & 0xff), INSN_READ);
	if (!has_modrm(op))
		return stack(d, op);
	modrm = next8(d);
	if (op == 0xff)
		return group5(d, modrm);
	if (modrm >> 6 == 3)
		return false;
	return found(d, memory_operand(d, modrm), writes(op, modrm) ? INSN_WRITE : INSN_READ);
}

bool insn_access(const u8 *code, u32 len, const struct regs *r, u32 limit, struct insn_access *a)
{
	struct decoder d = {
		.start = code, .at = code, .end = code + len, .r = r, .limit = limit, .a = a
	};

	return decode(&d) && !d.cut;
}
