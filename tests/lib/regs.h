/* SPDX-License-Identifier: MIT */
/*
 * The registers that entry.S pushes at a trap, and their bits. The order of the pushes is
 * struct regs.
 */
#ifndef LIB_REGS_H
#define LIB_REGS_H

#include <lib/types.h>

#define X86_DE	0
#define X86_DB	1
#define X86_NMI 2
#define X86_BP	3
#define X86_OF	4
#define X86_BR	5
#define X86_UD	6
#define X86_NM	7
#define X86_DF	8
#define X86_TS	10
#define X86_NP	11
#define X86_SS	12
#define X86_GP	13
#define X86_PF	14
#define X86_MF	16
#define X86_AC	17
#define X86_XM	19
/* Vectors that come with an error code: DF TS NP SS GP PF AC CP. */
#define X86_HAVE_ERROR 0x00227d00

#define VECTOR_SYSCALL	0x80  /* int 0x80 of ring 3 */
#define VECTOR_UPCALL	0x100 /* not a trap: the event callback */
#define VECTOR_FAILSAFE 0x101 /* not a trap: the failsafe callback */
#define NR_VECTORS	256

#define EFLAGS_CF   (1u << 0)
#define EFLAGS_ONE  (1u << 1) /* always set */
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

#define PF_PRESENT (1u << 0)
#define PF_WRITE   (1u << 1)
#define PF_USER	   (1u << 2)
#define PF_RSVD	   (1u << 3)
#define PF_FETCH   (1u << 4)

/* A fault as one number: 0 is "none". */
#define FAULT(vector, error) (0x80000000u | (u32)(vector) << 16 | (u16)(error))
#define FAULT_VECTOR(f)	     ((f) >> 16 & 0x7fff)
#define FAULT_ERROR(f)	     ((f)&0xffff)

#ifndef __ASSEMBLY__
typedef u32 fault_t;

struct regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax;
	u16 ds, ds_high, es, es_high, fs, fs_high, gs, gs_high;
	u32 vector;
	u32 error; /* 0 where the vector has none */
	u32 eip;
	u16 cs;
	u16 saved_mask; /* bits 0..7: the upcall mask before */
	u32 eflags;
	/* Only there when cs is an outer ring. */
	u32 esp;
	u32 ss;
};
#endif /* !__ASSEMBLY__ */
#endif /* LIB_REGS_H */
