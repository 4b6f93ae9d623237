// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FPU and SSE registers between guest and plugin. A plugin starts with
 * CR0.TS set: the first instruction that wants them comes here as #NM, and the
 * guest's are put away, also if they are those of a process that the guest
 * would save later (CVE-2018-3665). Most plugins never come here.
 *
 * Memory for those of plugins whose call is paused: heap pages cut in pieces,
 * which stay for the next ones. When the heap has none left, a plugin that has
 * used the FPU is not suspended, and the event waits until it returns or is
 * past its budget; a service is answered with -ENOMEM.
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

static struct plugin_fpu *free_list;

static void save(void *area)
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

void fpu_to_plugin(const struct plugin_fpu *f)
{
	clts();
	save(guest_area);
	restore(f ? f->image : fresh_area);
}

void fpu_to_guest(void)
{
	restore(guest_area);
}

static void give_back(struct plugin_fpu *f)
{
	f->next_free = free_list;
	free_list = f;
}

bool fpu_keep(struct plugin *p)
{
	struct plugin_fpu *f = p->fpu, *end;

	if (!f && !free_list) {
		f = heap_pages(1);
		if (!f)
			return false;
		for (end = f + PAGE_SIZE / sizeof(*f); f < end; f++)
			give_back(f);
		f = NULL;
	}
	if (!f) {
		f = free_list;
		free_list = f->next_free;
		p->fpu = f;
	}
	save(f->image);
	return true;
}

void fpu_forget(struct plugin *p)
{
	if (p->fpu)
		give_back(p->fpu);
	p->fpu = NULL;
}
