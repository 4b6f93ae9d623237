// SPDX-License-Identifier: MIT
/*
 * Between ring 1 and ring 3: which descriptor table is loaded, whether ports are open, what
 * in_user says, and that FS and GS keep their selectors.
 *
 * Cannot tell: that FS and GS are loaded anew, as a process's are after each lgdt that is
 * carried out for it here; guests/segments does.
 */
#include <hv/cpu.h>
#include <hv/layout.h>

#include "check.h"
#include "fake_cpu.h"

struct tss tss;
const struct gdtr gdtr_kernel = { 1, HV_GDT_KERNEL }, gdtr_user = { 1, HV_GDT_USER };

static void check(u32 gdt, u16 iomap, bool user)
{
	u16 fs, gs, ds;

	asm volatile("movw %%fs, %0\n movw %%gs, %1\n movw %%ds, %2"
		     : "=r"(fs), "=r"(gs), "=r"(ds));
	CHECK(cpu.gdt == gdt && tss.iomap == iomap && in_user == user);
	CHECK(fs == ds && gs == fake_gs, "%x %x", fs, gs);
}

int main(void)
{
	u32 i;

	fake_cpu_init();
	asm volatile("movl %%ds, %%eax\n movl %%eax, %%fs" : : : "eax");
	for (i = 0; i < 2; i++) {
		world_user();
		check(HV_GDT_USER, IOMAP_CLOSED, true);
		world_kernel();
		check(HV_GDT_KERNEL, IOMAP_OPEN, false);
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
