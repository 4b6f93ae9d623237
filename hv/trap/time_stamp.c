/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CR4.TSD, the one bit of CR4 that a guest kernel may change. Linux sets it while it
 * runs a process that must not execute rdtsc (prctl(PR_SET_TSC), strict seccomp).
 *
 * With TSD set rdtsc is #GP in rings 1 and 2 as well, where the guest kernel needs it
 * for its clock. The monitor does not change TSD when the ring changes, which would make
 * every crossing longer; it emulates rdtsc of the guest kernel, and of a plugin that is
 * called for such a process (docs/decisions/0013-time-stamp-disable.md).
 */
#include <hv/cpu.h>
#include <hv/guest_access.h>
#include <hv/trap.h>

/* The register that a ModRM byte's low bits name: EAX ECX EDX EBX ESP EBP ESI EDI. */
static u32 *general_register(struct regs *r, u8 n)
{
	u32 *const at[] = {
		&r->eax, &r->ecx, &r->edx, &r->ebx, &r->esp, &r->ebp, &r->esi, &r->edi
	};

	return at[n & 7];
}

/* SDM volume 2: 0F 20 /4 reads CR4, 0F 22 /4 writes it; there is no memory form. */
bool emulate_cr4(struct regs *r)
{
	u8 insn[3];
	u32 *v;

	if (copy_from_guest(insn, r->eip, sizeof(insn)) || insn[0] != 0x0f ||
	    (insn[1] & ~2) != 0x20 || (insn[2] & 0x38) != 0x20)
		return false;
	v = general_register(r, insn[2]);
	if (insn[1] == 0x20)
		*v = read_cr4();
	else
		write_cr4((read_cr4() & ~CR4_TSD) | (*v & CR4_TSD));
	r->eip += sizeof(insn);
	return true;
}

/*
 * rdtsc is 0F 31, rdtscp is 0F 01 F9 (SDM volume 2). rdtscp returns IA32_TSC_AUX in ECX,
 * which msr_reset() has set to 0.
 */
bool emulate_rdtsc(struct regs *r, const u8 *insn, u32 len)
{
	u64 now;

	if (!(read_cr4() & CR4_TSD) || len < 2 || insn[0] != 0x0f)
		return false;
	if (insn[1] == 0x31) {
		r->eip += 2;
	} else if (len > 2 && insn[1] == 0x01 && insn[2] == 0xf9) {
		r->ecx = 0;
		r->eip += 3;
	} else {
		return false;
	}
	now = rdtsc();
	r->eax = (u32)now;
	r->edx = (u32)(now >> 32);
	return true;
}

bool emulate_rdtsc_of_guest(struct regs *r)
{
	u8 insn[3];
	u32 len;

	for (len = sizeof(insn); len && copy_from_guest(insn, r->eip, len); len--)
		;
	return emulate_rdtsc(r, insn, len);
}
