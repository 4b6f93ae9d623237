// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of the switch between guest and plugin that few calls need. Those of every
 * call are inline in hv/plugin_world.h.
 */
#include <hv/plugin_world.h>
#include <hv/string.h>

struct plugin *plugin_running, *regs_owner;
const struct plugin *space_owner;
bool call_left;
u32 plugin_cs, plugin_ss, world_left, cr0_running, cr0_ts, slice_max;
u16 guest_fs, guest_gs;
u8 plugin_stack[HV_PLUGIN_STACK_SIZE] __page_bss;

#define DR7_NONE    0x400u
#define SLICE_TICKS 4u /* ticks that account() charges in full (hv/plugin_world.h) */

void world_init(void)
{
	bool page = plugin_mode == PLUGIN_MODE_PAGE;

	plugin_cs = page ? SEL_PLUGIN_CS3 : SEL_PLUGIN_CS2;
	plugin_ss = page ? SEL_PLUGIN_DS3 : SEL_PLUGIN_DS2;
	cr0_ts = read_cr0() | CR0_TS;
	cr0_running = page ? cr0_ts & ~CR0_TS : cr0_ts;
	slice_max = (u32)us_to_cycles(SLICE_TICKS * tick_us + tick_us / 8);
	poison(plugin_regs, sizeof(*plugin_regs));
}

static always_inline void load_dr7(u32 v)
{
	asm volatile("mov %0, %%dr7" : : "r"(v));
}

/*
 * Save the registers of the paused plugin p from plugin_stack, and in page mode its
 * FPU registers. False: there is no memory for the FPU registers.
 */
static bool regs_put_away(struct plugin *p)
{
	if (plugin_mode == PLUGIN_MODE_PAGE) {
		if (!fpu_reserve(p))
			return false;
		memcpy(p->fpu->image, fpu_of_plugin, sizeof(fpu_of_plugin));
	}
	p->saved = *plugin_regs;
	regs_owner = NULL;
	return true;
}

/*
 * Put the saved registers of the paused plugin p back on plugin_stack, and save those
 * of regs_owner if there is one. Page mode: regs_owner takes over p's FPU memory, so
 * that resuming a call never needs new memory.
 */
static void regs_take_back(struct plugin *p)
{
	if (plugin_mode == PLUGIN_MODE_PAGE)
		fpu_swap(regs_owner, p);
	if (regs_owner)
		regs_owner->saved = *plugin_regs;
	*plugin_regs = p->saved;
	regs_owner = p;
}

static void space_set(struct plugin *p)
{
	if (plugin_mode == PLUGIN_MODE_PAGE)
		page_dir_fill(p);
	else if (p->first == REGION_NONE)
		region_map(p);
	segments_set(p);
	space_owner = p;
}

noinline bool switch_space(struct plugin *p)
{
	if (regs_owner && !regs_put_away(regs_owner))
		return false;
	space_set(p);
	return true;
}

noinline void switch_back(struct plugin *p)
{
	if (regs_owner != p)
		regs_take_back(p);
	space_set(p);
}

noinline void disarm(void)
{
	load_dr7(DR7_NONE);
	world_left |= LEFT_DEBUG;
}

noinline void undo_left(void)
{
	if (world_left & LEFT_PAGE) {
		write_cr3(current_l3 << PAGE_SHIFT);
		fpu_save(fpu_of_plugin);
		fpu_load(fpu_of_guest);
		if (vcpu.ts)
			write_cr0(cr0_ts);
	} else if (world_left & LEFT_FPU) {
		fpu_to_guest();
		if (vcpu.ts)
			write_cr0(cr0_ts);
	} else if (!vcpu.ts) {
		clts();
	}
	if (world_left & LEFT_DEBUG)
		load_dr7(vcpu.debugreg[7]);
	world_left = 0;
}

void space_forget(const struct plugin *p)
{
	if (space_owner != p)
		return;
	if (plugin_mode == PLUGIN_MODE_PAGE)
		page_dir_clear();
	space_owner = NULL;
}

void world_forget(const struct plugin *p)
{
	space_forget(p);
	if (regs_owner == p) {
		regs_owner = NULL;
		poison(plugin_regs, sizeof(*plugin_regs));
	}
}
