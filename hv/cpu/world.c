/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between ring 1 and ring 3. Three things differ, and only ring 0 can change
 * them: which descriptor table the CPU has, whether ports are open, and what
 * the hidden halves of FS and GS hold. A selector loaded in ring 3 keeps its
 * wide limit until it is loaded anew, so it is, on every crossing; DS and ES
 * are by the way out in entry/entry.S.
 */
#include <hv/cpu.h>
#include <hv/guest_access.h>

bool in_user;

static always_inline void reload_fs_gs(void)
{
	u32 sel;

	asm volatile("movl %%fs, %0\n"
		     "1: movl %0, %%fs\n"
		     "movl %%gs, %0\n"
		     "2: movl %0, %%gs\n"
		     ".pushsection .fixup, \"ax\"\n"
		     "3: xorl %0, %0\n jmp 1b\n"
		     "4: xorl %0, %0\n jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b) EXTABLE(2b, 4b)
		     : "=&r"(sel)
		     :
		     : "memory");
}

void world_kernel(void)
{
	in_user = false;
	lgdt(&gdtr_kernel);
	tss.iomap = IOMAP_OPEN;
	reload_fs_gs();
}

void world_user(void)
{
	in_user = true;
	lgdt(&gdtr_user);
	tss.iomap = IOMAP_CLOSED;
	reload_fs_gs();
}
