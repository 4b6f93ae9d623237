/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch between the guest's world and the running plugin's. A world is the CPU
 * state that decides what the running ring can reach: descriptor table, FS, GS, port
 * bitmap, ring-0 stack, CR0.TS, breakpoints, and in page mode CR3. world_plugin()
 * changes all of it and world_guest() changes all of it back (escapes:
 * docs/threat-model.md). Both are inline because every call goes through them; what
 * few calls need is in plugin/world.c.
 *
 * There are two ring-0 stacks. From the hypercall until the call is over the guest's
 * registers lie at the top of monitor_stack. A trap out of a plugin pushes the plugin's
 * registers at the top of plugin_stack. TSS.ESP0 names the stack of whichever runs, so
 * neither overwrites the other.
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

/* Store a constant by one instruction; the compiler would use a register as well. */
#define PUT(field, constant) asm("movl %1, %0" : "=m"(field) : "i"(constant))

#define guest_regs  ((struct regs *)(monitor_stack + sizeof(monitor_stack)) - 1)
#define plugin_regs ((struct regs *)(plugin_stack + sizeof(plugin_stack)) - 1)

extern u32 plugin_cs, plugin_ss; /* a plugin's selectors in the mode in force */

/* What world_guest() must undo, besides what every call needs. */
#define LEFT_FPU   1u /* segment mode: the FPU has the plugin's registers */
#define LEFT_DEBUG 2u /* the guest's breakpoints are disarmed */
#define LEFT_PAGE  4u /* page mode: CR3 and the FPU are the plugin's (plugin/fpu.c) */
extern u32 world_left;
/*
 * Set when the call was paused, interrupted or used the FPU: its budget and FPU image
 * must be reset when it returns, or the plugin's next call would begin with them.
 */
extern bool call_left;

/*
 * Paused plugin whose registers are still on plugin_stack, or NULL. switch_space() or
 * switch_back() saves them before another plugin runs. A paused plugin that is
 * space_owner is regs_owner too.
 */
extern struct plugin *regs_owner;

extern u16 guest_fs, guest_gs; /* the guest's selectors while a plugin runs */
extern u32 cr0_running;	       /* CR0 while a plugin runs: TS set, but clear in page mode */
extern u32 cr0_ts;	       /* CR0 with TS set */

#define DR7_ARMED 0xffu

/*
 * Callers call switch_space() before a call begins, unless p is space_owner already:
 * saves the registers of regs_owner, maps p (in page mode in the private page directory,
 * else in the region) and sets p's descriptors. False: no memory for those registers, and nothing has changed.
 */
bool switch_space(struct plugin *p);
/* The same for p's paused call, whose registers return to plugin_stack. Cannot fail. */
void switch_back(struct plugin *p);
void disarm(void);    /* disable the guest's breakpoints; sets LEFT_DEBUG */
void undo_left(void); /* undo all that world_left names */

/*
 * Enter the plugin's world, but for CR3: with the private page directory the guest's
 * memory, from where gate.S reads the arguments, is not mapped.
 */
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

/* Return to the guest's world; the caller then runs the guest. */
static always_inline void world_guest(void)
{
	debug_plugin_stops();
	plugin_running = NULL;
	tss.esp0 = (u32)(monitor_stack + sizeof(monitor_stack));
	tss.iomap = IOMAP_OPEN;
	lgdt(&gdtr_kernel);
	/* The fixups load null in place of a selector that no longer loads. */
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

/* Save the FPU registers of p, whose call is to be paused. False: p has no memory for them. */
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

/* Pause the running plugin's call. Its registers stay on plugin_stack. */
static always_inline void pause_call(struct plugin *p, enum plugin_run how)
{
	p->state = how;
	regs_owner = p;
	save_fs_gs(p);
	world_guest();
}

/* Continue the paused call of p: afterwards plugin_regs is p's, for run_plugin(). */
static always_inline void take_up_call(struct plugin *p)
{
	p->state = PLUGIN_READY;
	debug_plugin_runs(p);
	if (unlikely(space_owner != p))
		switch_back(p);
	world_plugin(p, p->fs, p->gs);
	regs_owner = NULL;
	call_left = true;
}

/* Return to the guest with guest_regs; a pending event is delivered first. */
static always_inline void noreturn run_guest(void)
{
	asm volatile("movl %0, %%esp\n" DEBUG_CALL(debug_guest_runs) "jmp return_to_guest"
		     :
		     : "i"(guest_regs)
		     : "memory");
	__builtin_unreachable();
}

/* The same where the caller knows that an event is pending and not masked. */
static always_inline void noreturn run_guest_event(void)
{
	asm volatile("movl %0, %%esp\n" DEBUG_CALL(debug_guest_runs) "jmp deliver_event"
		     :
		     : "i"(guest_regs)
		     : "memory");
	__builtin_unreachable();
}

/* Return to the plugin with plugin_regs. */
static always_inline void noreturn run_plugin(void)
{
	if (unlikely(plugin_mode == PLUGIN_MODE_PAGE)) {
		world_left |= LEFT_PAGE;
		fpu_save(fpu_of_guest);
		fpu_load(fpu_of_plugin);
		write_cr3(page_dir_cr3);
	}
	asm volatile("movl %0, %%esp\n jmp exit_to_guest" : : "i"(plugin_regs) : "memory");
	__builtin_unreachable();
}

/*
 * Charge the plugin for the time since it began to run or was last charged. Callers
 * charge at each interrupt, and on a busy host ticks come late or one for several.
 * Up to slice_max (four ticks and their jitter) is charged in full, or a budget would
 * last longer the busier the host is. The rest is not charged: in a longer gap the
 * machine itself did not run, and one gap must not use up a budget. True: the plugin is past
 * its budget.
 */
extern u32 slice_max; /* cycles */
static always_inline bool account(struct plugin *p)
{
	u32 now = rdtsc_low(), slice = now - p->since;
	bool past;

	slice = MIN(slice, slice_max);
	/* In memory: with both halves of `left` in registers GCC runs out of registers. */
	asm("subl %2, %0\n sbbl $0, 4+%0" : "+o"(p->left), "=@ccs"(past) : "r"(slice));
	p->since = now;
	return past;
}

/* End the running plugin's call: its budget is used up. */
void plugin_timeout(struct regs *r) noreturn;

#endif
