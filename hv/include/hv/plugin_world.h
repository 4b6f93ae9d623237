/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two worlds of plugin/: the guest's and the running plugin's. What a
 * plugin must not keep, get or leave (design: escapes 1 to 17) is changed in
 * world_plugin() and changed back in world_guest(), all of it. Inline, because
 * every call goes through both; the rest is in plugin/world.c.
 *
 * Two ring-0 stacks. The guest's frame lies at the top of the one that the
 * guest enters on, from the hypercall until the call is over; the plugin's lies
 * at the top of the other, where every trap out of a plugin lands. The TSS
 * names the one that belongs to who runs, so neither can overwrite the other's.
 */
#ifndef HV_PLUGIN_WORLD_H
#define HV_PLUGIN_WORLD_H

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/poison.h>

extern u8 monitor_stack[HV_STACK_SIZE];
extern u8 plugin_stack[HV_PLUGIN_STACK_SIZE];

/* A constant into a frame by one instruction; the compiler goes through a register. */
#define PUT(field, constant) asm("movl %1, %0" : "=m"(field) : "i"(constant))

#define guest_frame  ((struct regs *)(monitor_stack + sizeof(monitor_stack)) - 1)
#define plugin_frame ((struct regs *)(plugin_stack + sizeof(plugin_stack)) - 1)

extern u32 plugin_cs, plugin_ss; /* of the mode */

/* What has to be undone when the plugin stops running, besides the usual. */
#define LEFT_FPU   1u /* the FPU has the plugin's registers */
#define LEFT_DEBUG 2u /* the guest's breakpoints are disarmed */
#define LEFT_PAGE  4u /* CR3 and the FPU are the plugin's (plugin/fpu.c) */
extern u32 world_left;
/* The call has something that the next one must not have. */
extern bool call_left;

/*
 * The paused plugin whose registers are still on the plugin stack, or NULL. Before
 * another one runs, switch_space() or switch_back() puts them away. It was
 * space_owner when it stopped running, so a paused space_owner is frame_owner.
 */
extern struct plugin *frame_owner;

extern u16 guest_fs, guest_gs;
extern u32 cr0_running; /* CR0, with TS but in page mode */
extern u32 cr0_ts;	/* CR0, with TS */

#define DR7_ARMED 0xffu

/*
 * Before world_plugin(), unless p is space_owner: its segments and, in page mode,
 * page directory. For a call that begins: false if there is no memory to put the
 * registers of a paused one away; nothing has changed then.
 */
bool switch_space(const struct plugin *p);
/* For a paused one that goes on, whose frame is put back. Cannot fail. */
void switch_back(struct plugin *p);
void disarm(void);
void undo_left(void);

/* All but CR3, which takes the guest's memory away. */
static always_inline void world_plugin(struct plugin *p, u16 fs, u16 gs)
{
	plugin_running = p;
	if (unlikely(vcpu.debugreg[7] & DR7_ARMED))
		disarm();
	tss.esp0 = (u32)(plugin_stack + sizeof(plugin_stack));
	tss.iomap = IOMAP_CLOSED;
	asm volatile("movw %%fs, %0\n movw %%gs, %1" : "=m"(guest_fs), "=m"(guest_gs));
	lgdt(&gdtr_plugin);
	asm volatile("movw %0, %%fs\n movw %1, %%gs" : : "rm"(fs), "rm"(gs));
	write_cr0(cr0_running);
	p->since = rdtsc_low();
}

static always_inline void world_guest(void)
{
	debug_plugin_stops();
	plugin_running = NULL;
	tss.esp0 = (u32)(monitor_stack + sizeof(monitor_stack));
	tss.iomap = IOMAP_OPEN;
	lgdt(&gdtr_kernel);
	/* A selector that no longer loads becomes null. */
	asm volatile("1: movw %0, %%fs\n"
		     "2: movw %1, %%gs\n"
		     ".pushsection .fixup, \"ax\"\n"
		     "3: movw $0, %0\n jmp 1b\n"
		     "4: movw $0, %1\n jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b) EXTABLE(2b, 4b)
		     : "+m"(guest_fs), "+m"(guest_gs));
	if (unlikely(world_left)) {
		if (world_left != LEFT_PAGE || vcpu.ts) {
			undo_left();
			return;
		}
		write_cr3(current_l3 << PAGE_SHIFT);
		fpu_save(fpu_of_plugin);
		fpu_load(fpu_of_guest);
		world_left = 0;
		return;
	}
	if (likely(!vcpu.ts))
		clts();
	else
		write_cr0(cr0_ts);
}

/* The FPU is put away until it runs again. False: there is no memory for it. */
static always_inline bool fpu_keep(const struct plugin *p)
{
	if (unlikely(!p->fpu))
		return false;
	fpu_save(p->fpu->image);
	return true;
}

static always_inline void save_fs_gs(struct plugin *p)
{
	asm volatile("movw %%fs, %0\n movw %%gs, %1" : "=m"(p->fs), "=m"(p->gs));
}

/* In the middle of a call; its registers stay on the plugin stack. */
static always_inline void pause_call(struct plugin *p, enum plugin_run how)
{
	p->state = how;
	frame_owner = p;
	save_fs_gs(p);
	world_guest();
}

/* The other way: plugin_frame is its own again, for run_plugin(). */
static always_inline void take_up_call(struct plugin *p)
{
	p->state = PLUGIN_IDLE;
	debug_plugin_runs(p);
	if (unlikely(space_owner != p))
		switch_back(p);
	world_plugin(p, p->fs, p->gs);
	frame_owner = NULL;
	call_left = true;
}

static always_inline void noreturn run_guest(void)
{
	asm volatile("movl %0, %%esp\n" DEBUG_CALL(debug_guest_runs) "jmp return_to_guest"
		     :
		     : "i"(guest_frame)
		     : "memory");
	__builtin_unreachable();
}

/* With an event to deliver before anything else. */
static always_inline void noreturn run_guest_event(void)
{
	asm volatile("movl %0, %%esp\n" DEBUG_CALL(debug_guest_runs) "jmp deliver_event"
		     :
		     : "i"(guest_frame)
		     : "memory");
	__builtin_unreachable();
}

/* With plugin_frame. */
static always_inline void noreturn run_plugin(void)
{
	if (unlikely(plugin_mode == PLUGIN_MODE_PAGE)) {
		world_left |= LEFT_PAGE;
		fpu_save(fpu_of_guest);
		fpu_load(fpu_of_plugin);
		write_cr3(page_dir_cr3);
	}
	asm volatile("movl %0, %%esp\n jmp exit_to_guest" : : "i"(plugin_frame) : "memory");
	__builtin_unreachable();
}

/*
 * Charges the plugin for the time since it last began, or since it was last
 * charged. The tick charges, and on a busy host ticks come late or one for
 * several: up to four ticks (and their jitter) are the plugin's in full, or its
 * budget would last longer the busier the host is. What is beyond that is a time
 * that the machine itself did not have; one such gap must not use up a budget.
 */
extern u32 slice_max; /* cycles */
static always_inline void account(struct plugin *p)
{
	u32 now = rdtsc_low(), slice = now - p->since;

	slice = MIN(slice, slice_max);
	/* In place: both halves in registers are two more than there are. */
	asm("subl %1, %0\n sbbl $0, 4+%0" : "+o"(p->left) : "r"(slice) : "cc");
	p->since = now;
}

static always_inline bool past_budget(const struct plugin *p)
{
	return p->left < 0;
}

/* The running plugin has gone on long enough. */
void plugin_timeout(struct regs *r) noreturn;

#endif
