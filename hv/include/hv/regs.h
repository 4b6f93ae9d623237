/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers at an entry into the monitor, in the order that entry.S pushes them
 * (there is a drawing in entry.S). FS and GS are not part of it: the monitor does not
 * use them, and changes them only in a switch of worlds (cpu/world.c).
 */
#ifndef HV_REGS_H
#define HV_REGS_H

#include <hv/types.h>

struct regs {
	u32 es, ds;					   /* upper halves undefined */
	u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax; /* pusha */
	u32 vector, error_code;
	u32 eip, cs, eflags;
	u32 esp, ss; /* only from an outer ring */
};

static inline unsigned int regs_ring(const struct regs *r)
{
	return r->cs & 3;
}

#define EFLAGS_CF   (1u << 0)
#define EFLAGS_ONE  (1u << 1)
#define EFLAGS_TF   (1u << 8)
#define EFLAGS_IF   (1u << 9)
#define EFLAGS_DF   (1u << 10)
#define EFLAGS_IOPL (3u << 12)
#define EFLAGS_NT   (1u << 14)
#define EFLAGS_RF   (1u << 16)
#define EFLAGS_VM   (1u << 17)
#define EFLAGS_AC   (1u << 18)
#define EFLAGS_VIF  (1u << 19)
#define EFLAGS_VIP  (1u << 20)
#define EFLAGS_ID   (1u << 21)

/* Exception vectors, Intel SDM volume 3, table 6-1. */
enum vector {
	VEC_DE,
	VEC_DB,
	VEC_NMI,
	VEC_BP,
	VEC_OF,
	VEC_BR,
	VEC_UD,
	VEC_NM,
	VEC_DF,
	VEC_CSO,
	VEC_TS,
	VEC_NP,
	VEC_SS,
	VEC_GP,
	VEC_PF,
	VEC_SPURIOUS,
	VEC_MF,
	VEC_AC,
	VEC_MC,
	VEC_XM,
	VEC_IRQ0 = 0x20,
	VEC_SYSCALL = 0x80,
	VEC_PLUGIN = 0x81,
	VEC_HYPERCALL = 0x82,
};

#endif
