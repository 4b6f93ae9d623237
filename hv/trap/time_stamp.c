/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CR4.TSD, the one bit of CR4 that a guest kernel may change: prctl(PR_SET_TSC)
 * and strict seccomp take rdtsc away from a process with it.
 *
 * The CPU then refuses rdtsc in rings 1 and 2 as well, and the guest kernel's
 * clock is the TSC. TSD stays set whatever runs, and what it must not hit is
 * emulated: the guest kernel, and a plugin that is called for such a process. So
 * the ways between the rings do not grow, and only who asks for TSD pays
 * (docs/decisions/0013-time-stamp-disable.md).
 */
#include <hv/cpu.h>
#include <hv/guest_access.h>
#include <hv/trap.h>

/* By the number that instructions have for it: EAX ECX EDX EBX ESP EBP ESI EDI. */
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

/* SDM volume 2: 0F 31, and rdtscp 0F 01 F9, whose ECX msr_reset() made 0. */
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
