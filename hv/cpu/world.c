/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch between the worlds of ring 1 and ring 3: the descriptor table in use,
 * whether ports are open, and the hidden parts of FS and GS. A segment register loaded
 * in ring 3 keeps its 4 GiB limit until it is loaded again: so FS and GS are reloaded
 * here on every crossing, and DS and ES by the return path of entry/entry.S.
 */
#include <hv/cpu.h>
#include <hv/guest_access.h>

bool in_user;

/* Load FS and GS from the table in use; null if a selector no longer loads. */
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
