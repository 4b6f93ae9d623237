// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FPU and SSE registers of guest and plugin.
 *
 * Segment mode: a plugin starts with CR0.TS set. Its first FPU instruction raises
 * #NM, and fpu_to_plugin() saves the guest's registers, also those of a process that
 * the guest kernel has not saved yet (CVE-2018-3665). The plugin keeps memory for its
 * registers (p->fpu) until its call is over, so that an event can suspend it at any
 * time. If there was no memory, the plugin is not suspended: the event waits until
 * the plugin returns or is past its budget, and a service is answered with -ENOMEM.
 *
 * Page mode: TS is not used, because QEMU 7.2's TCG does not check TS in the
 * conversions between MMX and SSE. The registers are exchanged whenever CR3 is. Those
 * of a paused call stay in fpu_of_plugin until another plugin runs, and need memory
 * only then: a call that begins is refused without memory (-ENOMEM); a paused call
 * that is resumed exchanges its image with the one in fpu_of_plugin and needs none.
 *
 * The memory is pages of the store cut into images, the first one from boot on. Free images
 * are kept in free_list.
 */
#include <hv/cpu.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>

u8 fpu_of_guest[512] __aligned(16), fpu_of_plugin[512] __aligned(16);

/* The state after reset: FCW 0x37f at byte 0, MXCSR 0x1f80 at byte 24 of the image. */
const u8 fpu_fresh[512] __aligned(16) = {
	[0] = 0x7f,
	[1] = 0x03,
	[24] = 0x80,
	[25] = 0x1f,
};

u32 fpu_pages;
static struct plugin_fpu *free_list;

void fpu_to_guest(void)
{
	fpu_load(fpu_of_guest);
	poison(fpu_of_guest, sizeof(fpu_of_guest));
}

static void give_back(struct plugin_fpu *f)
{
	poison(f->image, sizeof(f->image));
	f->next_free = free_list;
	free_list = f;
}

/* Cut one more page of the store into free images; false if there is none. */
static bool more(void)
{
	struct plugin_fpu *f = store_alloc(PAGE_SIZE), *end;

	if (!f)
		return false;
	fpu_pages++;
	for (end = f + PAGE_SIZE / sizeof(*f); f < end; f++)
		give_back(f);
	return true;
}

void fpu_init(void)
{
	more();
}

bool fpu_reserve(struct plugin *p)
{
	if (p->fpu)
		return true;
	if (!free_list && !more())
		return false;
	p->fpu = free_list;
	poison_check(p->fpu->image, sizeof(p->fpu->image), "a free FPU image");
	free_list = free_list->next_free;
	return true;
}

void fpu_to_plugin(struct plugin *p)
{
	clts();
	fpu_save(fpu_of_guest);
	fpu_load(p->fpu ? p->fpu->image : fpu_fresh);
	fpu_reserve(p);
}

void fpu_forget(struct plugin *p)
{
	if (p->fpu)
		give_back(p->fpu);
	p->fpu = NULL;
}

void fpu_swap(struct plugin *waits, struct plugin *runs)
{
	u32 *there = (u32 *)runs->fpu->image, *here = (u32 *)fpu_of_plugin, i, word;

	for (i = 0; i < sizeof(fpu_of_plugin) / sizeof(word); i++) {
		word = here[i];
		here[i] = there[i];
		there[i] = word;
	}
	if (waits)
		waits->fpu = runs->fpu;
	else
		give_back(runs->fpu);
	runs->fpu = NULL;
}
