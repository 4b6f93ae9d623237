/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading and writing the guest's linear memory through the guest's page tables.
 * Every access is bounded below HV_VIRT_START and every instruction that can
 * fault has an entry in the exception table. With CR0.WP set the monitor faults at a
 * write to a read-only mapping, so a copy cannot change a page table.
 */
#ifndef HV_GUEST_ACCESS_H
#define HV_GUEST_ACCESS_H

#include <hv/types.h>
#include <hv/layout.h>

#define EXTABLE(insn, fixup) \
	".pushsection .extable, \"a\"\n.long " #insn ", " #fixup "\n.popsection\n"

/* The same for `asm goto`: a fault continues at the C label. */
#define EXTABLE_GOTO(insn, label) \
	".pushsection .extable, \"a\"\n.long " #insn ", %l[" #label "]\n.popsection\n"

/* Is [addr, addr + len) below HV_VIRT_START? A range that wraps around is not. */
static always_inline bool guest_range_ok(u32 addr, u32 len)
{
	return addr <= HV_VIRT_START && len <= HV_VIRT_START - addr;
}

/* Copy `len` bytes: 0, or -EFAULT with the destination partly written. */
int copy_from_guest(void *to, u32 from, u32 len);
int copy_to_guest(u32 to, const void *from, u32 len);

/* Read or write one 32-bit word, aligned or not: 0 or -EFAULT (-14). */
static always_inline int get_guest_u32(u32 *to, u32 from)
{
	int err = -14;
	u32 v = 0;

	if (unlikely(from > HV_VIRT_START - 4))
		return err;
	asm volatile("1: movl (%2), %1\n"
		     "xorl %0, %0\n"
		     "2:\n" EXTABLE(1b, 2b)
		     : "+r"(err), "+r"(v)
		     : "r"(from)
		     : "memory");
	*to = v;
	return err;
}

static always_inline int put_guest_u32(u32 to, u32 v)
{
	int err = -14;

	if (unlikely(to > HV_VIRT_START - 4))
		return err;
	asm volatile("1: movl %1, (%2)\n"
		     "xorl %0, %0\n"
		     "2:\n" EXTABLE(1b, 2b)
		     : "+r"(err)
		     : "r"(v), "r"(to)
		     : "memory");
	return err;
}

#endif
