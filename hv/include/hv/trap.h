/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions of the guest that the monitor answers itself. */
#ifndef HV_TRAP_H
#define HV_TRAP_H

#include <hv/regs.h>

void trap_dispatch(struct regs *r);
void general_protection(struct regs *r);
/* ud2a "xen" cpuid: true when it was that, and has been done. */
bool emulate_forced_cpuid(struct regs *r);
/* A port instruction on a port that is closed to ring 1: true when done. */
bool emulate_port(struct regs *r);
/* A trap out of virtual-8086 mode. */
void virtual_8086(struct regs *r);
/* From entry.S: */
void iret_failed(struct regs *r);
void double_fault(void) noreturn;

/* ---- trap/time_stamp.c ---- */
/* mov to or from CR4 in ring 1, of which TSD is taken up. */
bool emulate_cr4(struct regs *r);
/* rdtsc or rdtscp at EIP, whose bytes these are, refused because of CR4.TSD? */
bool emulate_rdtsc(struct regs *r, const u8 *insn, u32 len);
bool emulate_rdtsc_of_guest(struct regs *r); /* ring 1 */

#endif
