/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: dispatch, and the instructions of the guest that the monitor emulates. */
#ifndef HV_TRAP_H
#define HV_TRAP_H

#include <hv/regs.h>

void trap_dispatch(struct regs *r);
void general_protection(struct regs *r);
/*
 * Each emulate_*() returns true if the instruction at EIP is of its kind: it has then
 * been carried out and EIP advanced.
 */
bool emulate_forced_cpuid(struct regs *r); /* ud2a "xen" cpuid */
bool emulate_port(struct regs *r);	   /* in or out, port closed to ring 1 */
/* A trap out of virtual-8086 mode. */
void virtual_8086(struct regs *r);
/* From entry.S: */
void iret_failed(struct regs *r);
void double_fault(void) noreturn;

/* ---- trap/time_stamp.c ---- */
/* mov to or from CR4 in ring 1; of a write only TSD has effect. */
bool emulate_cr4(struct regs *r);
/* rdtsc or rdtscp while CR4.TSD is set; `insn` has `len` bytes of code at EIP. */
bool emulate_rdtsc(struct regs *r, const u8 *insn, u32 len);
bool emulate_rdtsc_of_guest(struct regs *r); /* ring 1 */

#endif
