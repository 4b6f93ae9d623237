/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring and the EFLAGS that a guest's iret frame may return to. Pure; inline because
 * it is on the hot path. Whether the selectors load is not checked here: the CPU's iret
 * checks them against the descriptor table of the ring returned to.
 */
#ifndef HV_IRET_CHECK_H
#define HV_IRET_CHECK_H

#include <hv/regs.h>

/*
 * Flags that the guest sets as it likes: the arithmetic flags and DF, TF, NT, RF, AC
 * and ID. IF is always set, or the tick would stop; IOPL and VM are always clear, or
 * ports and real-mode segments would be open.
 */
#define EFLAGS_GUEST (0x00000cd5u | EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID)

static always_inline u32 iret_eflags(u32 eflags)
{
	return (eflags & EFLAGS_GUEST) | EFLAGS_IF | EFLAGS_ONE;
}

enum iret_to { IRET_KERNEL, IRET_USER, IRET_REFUSED };

/* A guest has rings 1 and 3, and no virtual-8086 mode. */
static always_inline enum iret_to iret_to(u32 cs, u32 eflags)
{
	if ((cs & 3) == 1)
		return IRET_KERNEL;
	if (unlikely((cs & 3) != 3 || (eflags & EFLAGS_VM)))
		return IRET_REFUSED;
	return IRET_USER;
}

#endif
