// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of plugins: in, out, and the pauses between.
 *
 * Two ring-0 stacks. The guest's frame lies at the top of the one that the
 * guest enters on, from the hypercall until the call is over; the plugin's lies
 * at the top of the other, where every trap out of a plugin lands. The TSS
 * names the one that belongs to who runs, so neither can overwrite the other's.
 *
 * A call ends at the gate (plugin_returned), by a fault or for its budget
 * (plugin_end). When an event for the guest arrives meanwhile the call is
 * suspended: its registers are put away, and the guest's frame is changed so
 * that the guest, once it has dealt with the event, issues PLUGINOP_resume.
 * Until then it may do anything, invoke and suspend other plugins too.
 *
 * What a plugin must not keep, get or leave (design: escapes 1 to 17) is
 * changed in world_plugin() and changed back in world_guest(), all of it.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/plugin.h>
#include <hv/plugin_slot.h>
#include <hv/trace.h>

struct plugin *plugin_running;
u32 plugin_cs, plugin_ss; /* of the mode */

extern u8 monitor_stack[HV_STACK_SIZE];
u8 plugin_stack[HV_PLUGIN_STACK_SIZE] __page_bss;

#define guest_frame  ((struct regs *)(monitor_stack + sizeof(monitor_stack)) - 1)
#define plugin_frame ((struct regs *)(plugin_stack + sizeof(plugin_stack)) - 1)

/* What has to be undone when the plugin stops running, besides the usual. */
#define LEFT_FPU     1u	 /* the FPU has the plugin's registers */
#define LEFT_DEBUG   2u	 /* the guest's breakpoints are disarmed */
#define LEFT_PAGE    4u	 /* CR3 is the plugin's */
#define LEFT_TIME    8u	 /* used_ns is not 0 */
#define LEFT_CONTEXT 16u /* the call has been suspended before */
#define LEFT_OF_CALL (LEFT_TIME | LEFT_CONTEXT)
static u32 left;

static u16 guest_fs, guest_gs;
static u32 cr0_running; /* CR0, with TS */

#define DR7_ARMED 0xffu
#define DR7_NONE  0x400u

void plugin_enter(const struct plugin *p) noreturn;
void plugin_returned(void) noreturn;
void plugin_bad_arguments(void) noreturn;

void call_init(void)
{
	bool page = plugin_mode == PLUGIN_MODE_PAGE;

	plugin_cs = page ? SEL_PLUGIN_CS3 : SEL_PLUGIN_CS2;
	plugin_ss = page ? SEL_PLUGIN_DS3 : SEL_PLUGIN_DS2;
	cr0_running = read_cr0() | CR0_TS;
}

static always_inline void load_dr7(u32 v)
{
	asm volatile("mov %0, %%dr7" : : "r"(v));
}

/* Another plugin than the last one, or what page mode does each time. */
static noinline void switch_space(const struct plugin *p)
{
	if (plugin_mode != PLUGIN_MODE_PAGE) {
		segments_set(p);
		segments_owner = p;
		return;
	}
	if (page_dir_owner != p) {
		segments_set(p);
		page_dir_fill(p);
	}
	left |= LEFT_PAGE;
}

static noinline void disarm(void)
{
	load_dr7(DR7_NONE);
	left |= LEFT_DEBUG;
}

/* All but CR3, which takes the guest's memory away. */
static always_inline void world_plugin(struct plugin *p)
{
	plugin_running = p;
	if (unlikely(segments_owner != p))
		switch_space(p);
	if (unlikely(vcpu.debugreg[7] & DR7_ARMED))
		disarm();
	tss.esp0 = (u32)(plugin_stack + sizeof(plugin_stack));
	tss.iomap = IOMAP_CLOSED;
	asm volatile("movw %%fs, %0\n movw %%gs, %1" : "=m"(guest_fs), "=m"(guest_gs));
	lgdt(&gdtr_plugin);
	asm volatile("movl %0, %%fs\n movl %0, %%gs" : : "r"(0));
	write_cr0(cr0_running);
	p->since = (u32)rdtsc();
}

static noinline void undo_left(void)
{
	if (left & LEFT_PAGE)
		write_cr3(current_l3 << PAGE_SHIFT);
	if (left & LEFT_FPU) {
		fpu_to_guest();
		if (vcpu.ts)
			write_cr0(cr0_running);
	} else if (!vcpu.ts) {
		clts();
	}
	if (left & LEFT_DEBUG)
		load_dr7(vcpu.debugreg[7]);
	left = 0;
}

static always_inline void world_guest(void)
{
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
	if (unlikely(left))
		undo_left();
	else if (likely(!vcpu.ts))
		clts();
}

static always_inline void noreturn run_guest(void)
{
	asm volatile("movl %0, %%esp\n jmp return_to_guest" : : "i"(guest_frame) : "memory");
	__builtin_unreachable();
}

/* The call is over: what was kept for it. */
static noinline void forget_call(struct plugin *p)
{
	p->used_ns = 0;
	if (p->context)
		context_free(p->context);
	p->context = NULL;
}

static noinline long not_idle(const struct plugin *p, struct regs *r)
{
	if (p->handle != hcall_arg1(r) || p->state == PLUGIN_FREE)
		return -ENOENT;
	if (p->state != PLUGIN_DEAD)
		return -EBUSY;
	r->edx = 0;
	return PLUGIN_STATUS_DEAD;
}

/*
 * What is checked here is read again by plugin_enter from the frame, which
 * nobody else can write.
 */
long plugin_invoke(struct regs *r)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(hcall_arg1(r))];
	u32 nr;

	if (unlikely(p->handle != hcall_arg1(r) || p->state != PLUGIN_IDLE))
		return not_idle(p, r);
	if (unlikely(hcall_arg2(r) - PLUGIN_TEXT_BASE >= p->text_size))
		return -EINVAL;
	nr = hcall_arg4(r);
	if (nr) {
		if (unlikely(nr > PLUGIN_ARGS_MAX))
			return -EINVAL;
		if (unlikely(!guest_range_ok(hcall_arg3(r), nr * 4)))
			return -EFAULT;
	}
	p->calls++;
	world_plugin(p);
	plugin_enter(p);
}

/* Reading the arguments faulted: it never ran. */
void plugin_bad_arguments(void)
{
	plugin_running->calls--;
	world_guest();
	guest_frame->eax = (u32)-EFAULT;
	run_guest();
}

/* From the gate, on the plugin stack; the value is in the guest's frame. */
void plugin_returned(void)
{
	if (unlikely(left & LEFT_OF_CALL))
		forget_call(plugin_running);
	world_guest();
	guest_frame->eax = PLUGIN_STATUS_OK;
	run_guest();
}

void plugin_end(const struct regs *r, u32 status)
{
	struct plugin *p = plugin_running;

	fault_record(p, r, status);
	trace(TRACE_PLUGIN, p->handle, r->eip, status);
	p->state = PLUGIN_DEAD;
	p->faults++;
	forget_call(p);
	world_guest();
	guest_frame->eax = status;
	guest_frame->edx = 0;
	run_guest();
}

/* ---- while it runs ---- */

void plugin_trap(struct regs *r)
{
	switch (r->vector) {
	case VEC_NM:
		if (left & LEFT_FPU)
			break;
		left |= LEFT_FPU;
		fpu_to_plugin(plugin_running->context);
		return;
	case VEC_NMI:
		return; /* the monitor's; ignored as in trap/trap.c */
	case VEC_DB:
		asm volatile("mov %0, %%dr6" : : "r"(0xffff0ff0));
		break;
	case VEC_PLUGIN:
		r->eip -= 2;
		plugin_end(r, PLUGIN_STATUS_FORBIDDEN);
	case VEC_SYSCALL:
		/* As the closed gates do it: #GP at the instruction. */
		r->eip -= 2;
		r->error_code = VEC_SYSCALL << 3 | 2;
		r->vector = VEC_GP;
		break;
	default:
		if (r->vector >= VEC_IRQ0)
			return; /* an interrupt nobody asked for */
	}
	plugin_end(r, PLUGIN_STATUS_FAULT);
}

/*
 * Time that went by since it last began, or since this was last asked. The tick
 * asks, so what is longer than one (and its jitter) is time that the machine
 * itself did not have, on a host with other things to do: not the plugin's.
 */
static void account(struct plugin *p)
{
	u32 now = (u32)rdtsc();
	u64 ns = cycles_to_ns(now - p->since);

	p->used_ns += MIN(ns, tick_us * 1125ull);
	p->since = now;
	left |= LEFT_TIME;
}

static void suspend(struct plugin *p, const struct regs *r)
{
	struct plugin_context *c = p->context;

	if (!c) {
		c = context_alloc();
		if (!c)
			return;
		p->context = c;
	}
	c->regs = *r;
	asm volatile("movl %%fs, %0\n movl %%gs, %1" : "=r"(c->fs), "=r"(c->gs));
	if (left & LEFT_FPU) {
		fpu_save(c->fpu);
		c->has_fpu = true;
	}
	account(p);
	p->state = PLUGIN_SUSPENDED;
	world_guest();
	guest_frame->eip -= 2; /* int $0x82 */
	guest_frame->eax = __HYPERVISOR_plugin_op;
	guest_frame->ebx = PLUGINOP_resume;
	guest_frame->ecx = p->handle;
	run_guest(); /* which delivers the event */
}

/* Budgets are looked at when the tick ticks, so none is overrun by more. */
void plugin_interrupted(struct regs *r)
{
	struct plugin *p = plugin_running;

	if (r->vector == VEC_IRQ0) {
		account(p);
		if (p->used_ns >= (u64)p->budget_us * 1000) {
			r->vector = PLUGIN_VECTOR_TIMEOUT;
			r->error_code = 0;
			plugin_end(r, PLUGIN_STATUS_TIMEOUT);
		}
	}
	if (vcpu_info->evtchn_upcall_pending && !vcpu_info->evtchn_upcall_mask)
		suspend(p, r);
}

long plugin_resume(struct regs *r)
{
	u32 handle = hcall_arg1(r);
	struct plugin *p = plugin_find(handle);

	if (!p) {
		if (!plugin_was(handle))
			return -ENOENT;
		r->edx = 0;
		return PLUGIN_STATUS_KILLED;
	}
	if (p->state != PLUGIN_SUSPENDED)
		return -EINVAL;
	p->state = PLUGIN_IDLE;
	*plugin_frame = p->context->regs;
	world_plugin(p);
	left |= LEFT_OF_CALL;
	asm volatile("movl %0, %%fs\n movl %1, %%gs" : : "r"(p->context->fs), "r"(p->context->gs));
	if (plugin_mode == PLUGIN_MODE_PAGE)
		write_cr3(page_dir_cr3);
	asm volatile("movl %0, %%esp\n jmp exit_to_guest" : : "i"(plugin_frame) : "memory");
	__builtin_unreachable();
}
