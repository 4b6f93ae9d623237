/* SPDX-License-Identifier: GPL-2.0-only */
/* Debug registers by hypercall; the monitor refuses breakpoints on its own memory. */
#ifndef _ASM_X86_RINGFENCE_DEBUGREG_H
#define _ASM_X86_RINGFENCE_DEBUGREG_H

unsigned long ringfence_get_debugreg(int reg);
void ringfence_set_debugreg(unsigned long value, int reg);

#define get_debugreg(var, register)   ((var) = ringfence_get_debugreg(register))
#define set_debugreg(value, register) ringfence_set_debugreg(value, register)

#endif /* _ASM_X86_RINGFENCE_DEBUGREG_H */
