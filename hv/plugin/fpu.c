// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FPU and SSE registers between guest and plugin. A plugin starts with
 * CR0.TS set: the first instruction that wants them comes here as #NM, and the
 * guest's are put away, also if they are those of a process that the guest
 * would save later (CVE-2018-3665). Most plugins never come here.
 *
 * That needs a machine where every instruction looks at TS. QEMU 7.2's TCG does
 * not in the conversions between MMX and SSE. So in page mode, which is for
 * machines that enforce little, TS is not used: the registers change hands
 * whenever CR3 does, and those of a paused call stay in fpu_of_plugin until
 * another plugin runs. They need memory only then, and who comes to run answers
 * for it: without memory, a call is refused before it begins (-ENOMEM), and a
 * paused call that goes on gives the memory of its own registers.
 *
 * In segment mode a plugin that has used them has memory for them until its call
 * is over, so that an event finds it ready to be suspended. When there is none,
 * the plugin is not suspended, and the event waits until it returns or is past
 * its budget; a service is answered with -ENOMEM.
 *
 * The memory is heap pages cut in pieces, one from boot on, which stay for the
 * next ones.
 */
#include <hv/cpu.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>

u8 fpu_of_guest[512] __aligned(16), fpu_of_plugin[512] __aligned(16);

/* The state after reset: FCW at byte 0, MXCSR at byte 24 of the image. */
const u8 fpu_fresh[512] __aligned(16) = {
	[0] = 0x7f,
	[1] = 0x03,
	[24] = 0x80,
	[25] = 0x1f,
};

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

static bool more(void)
{
	struct plugin_fpu *f = heap_pages(1), *end;

	if (!f)
		return false;
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
