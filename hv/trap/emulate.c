/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that the monitor emulates: Xen's forced CPUID, clts, and `int n` whose
 * gate has DPL 0. Others are emulated in trap/port.c and trap/time_stamp.c.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
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

/* clts is 0F 06 (SDM volume 2). Xen emulates it too. */
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
	/* Error code with the IDT bit: `int n` through a gate of DPL 0. */
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
