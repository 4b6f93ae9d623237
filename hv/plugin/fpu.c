// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FPU and SSE registers between guest and plugin. A plugin starts with
 * CR0.TS set: the first instruction that wants them comes here as #NM, and the
 * guest's are put away, also if they are those of a process that the guest
 * would save later (CVE-2018-3665). Most plugins never come here.
 */
#include <hv/cpu.h>
#include <hv/plugin_slot.h>

static u8 guest_area[512] __aligned(16);

/* The state after reset: FCW at byte 0, MXCSR at byte 24 of the image. */
static const u8 fresh_area[512] __aligned(16) = {
	[0] = 0x7f,
	[1] = 0x03,
	[24] = 0x80,
	[25] = 0x1f,
};

void fpu_save(void *area)
{
	asm volatile("fxsave (%0)" : : "r"(area) : "memory");
}

/*
 * Some CPUs restore the last instruction and data pointer only when an
 * exception is pending (XSA-52), so they are made the monitor's first.
 */
static void restore(const void *area)
{
	static const u32 zero;

	asm volatile("fnclex\n ffree %%st(7)\n fildl %1\n fxrstor (%0)"
		     :
		     : "r"(area), "m"(zero)
		     : "memory");
}

void fpu_to_plugin(const struct plugin_context *c)
{
	clts();
	fpu_save(guest_area);
	restore(c && c->has_fpu ? c->fpu : fresh_area);
}

void fpu_to_guest(void)
{
	restore(guest_area);
}
