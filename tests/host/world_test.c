// SPDX-License-Identifier: MIT
/*
 * The switch between ring 1 and ring 3: the descriptor table loaded, whether ports are open,
 * in_user, and that FS and GS keep their selectors.
 *
 * Cannot tell: that the tested code reloads FS and GS, because here the return of the signal
 * handler that emulates lgdt reloads both; guests/hostile-descriptors does.
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
