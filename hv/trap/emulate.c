/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The little the monitor emulates: Xen's forced CPUID, software interrupts
 * through gates that are closed, clts, and ports that ring 1 may touch but not
 * have.
 */
#include <hv/cpu.h>
#include <hv/dev.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/trap.h>

bool emulate_forced_cpuid(struct regs *r)
{
	static const u8 forced[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
	u8 insn[sizeof(forced)];

	if (copy_from_guest(insn, r->eip, sizeof(insn)) || memcmp(insn, forced, sizeof(insn)))
		return false;
	cpuid_guest(r->eax, r->ecx, &r->eax, &r->ebx, &r->ecx, &r->edx);
	r->eip += sizeof(forced);
	return true;
}

/* A port instruction, decoded. */
struct port_insn {
	u16 port;
	u8 size; /* bytes: 1, 2, 4 */
	bool out;
	u8 length;
};

/* SDM volume 2: E4..E7 and EC..EF, with an operand-size prefix. */
static bool decode_port(const u8 *b, u32 len, const struct regs *r, struct port_insn *p)
{
	u32 i = 0;
	bool small = false;
	u8 op;

	while (i < len && (b[i] == 0x66 || b[i] == 0x2e || b[i] == 0x3e)) {
		small |= b[i] == 0x66;
		i++;
	}
	if (i >= len)
		return false;
	op = b[i++];
	if ((op & 0xf4) != 0xe4)
		return false;
	p->size = op & 1 ? (small ? 2 : 4) : 1;
	p->out = op & 2;
	if (op & 8) {
		p->port = (u16)r->edx;
	} else {
		if (i >= len)
			return false;
		p->port = b[i++];
	}
	p->length = (u8)i;
	return true;
}

static u32 port_in(const struct port_insn *p)
{
	if (p->port == 0x64 && p->size == 1)
		return inb(0x64);
	if (p->port == 0xcf8 && p->size == 4)
		return inl(0xcf8);
	return ~0u; /* as a port where nothing is */
}

static void port_out(const struct port_insn *p, u32 v)
{
	if (p->port == 0x64 && p->size == 1) {
		if ((v & 0xf1) == 0xf0) { /* pulse output lines; bit 0 is reset, low */
			log_info("guest: reboot");
			machine_exit(EXIT_REBOOT);
		}
		outb(0x64, (u8)v);
	} else if (p->port == 0xcf8 && p->size == 4) {
		outl(0xcf8, v);
	}
}

bool emulate_port(struct regs *r)
{
	struct port_insn p;
	u8 insn[6];
	u32 len, mask;

	for (len = sizeof(insn); len && copy_from_guest(insn, r->eip, len); len--)
		;
	if (!decode_port(insn, len, r, &p))
		return false;
	mask = p.size == 4 ? ~0u : (1u << (8 * p.size)) - 1;
	if (p.out)
		port_out(&p, r->eax & mask);
	else
		r->eax = (r->eax & ~mask) | (port_in(&p) & mask);
	r->eip += p.length;
	return true;
}

/* clts, which Xen carries out too (SDM volume 2: 0F 06). */
static bool emulate_clts(struct regs *r)
{
	u8 insn[2];

	if (copy_from_guest(insn, r->eip, sizeof(insn)) || insn[0] != 0x0f || insn[1] != 0x06)
		return false;
	vcpu.ts = false;
	clts();
	r->eip += sizeof(insn);
	return true;
}

void general_protection(struct regs *r)
{
	/* Error code with the IDT bit: `int n` met a gate of DPL 0. */
	if ((r->error_code & 7) == 2) {
		unsigned int vector = (r->error_code >> 3) & 0xff;
		u8 opcode;

		if (vector != VEC_HYPERCALL && TI_GET_DPL(&vcpu.traps[vector]) >= regs_ring(r) &&
		    vcpu.traps[vector].address && !copy_from_guest(&opcode, r->eip, 1)) {
			r->eip += opcode == 0xcd ? 2 : 1;
			bounce_trap(r, vector, false);
			return;
		}
	} else if (regs_ring(r) == 1 && !r->error_code &&
		   (emulate_port(r) || emulate_clts(r) || emulate_cr4(r) ||
		    emulate_rdtsc_of_guest(r))) {
		return;
	}
	bounce_trap(r, VEC_GP, true);
}
