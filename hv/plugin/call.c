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

extern u8 monitor_stack[8192];
static u8 plugin_stack[4096] __page_bss;

#define guest_frame  ((struct regs *)(monitor_stack + sizeof(monitor_stack)) - 1)
#define plugin_frame ((struct regs *)(plugin_stack + sizeof(plugin_stack)) - 1)

/* What has to be undone when the plugin stops running, besides the usual. */
#define LEFT_FPU     1u /* the FPU has the plugin's registers */
#define LEFT_DEBUG   2u /* the guest's breakpoints are disarmed */
#define LEFT_CONTEXT 4u /* the call has been suspended before */
static u32 left;

static u32 guest_fs, guest_gs;
static u32 cr0_running; /* CR0, with TS */

#define DR7_ARMED   0xffu
#define DR7_NONE    0x400u

void plugin_returned(u32 value) noreturn;

void call_init(void)
{
	cr0_running = read_cr0() | CR0_TS;
}

/* A selector that no longer loads becomes null. */
static always_inline void load_fs_gs(u32 fs, u32 gs)
{
	asm volatile("1: movl %0, %%fs\n"
		     "2: movl %1, %%gs\n"
		     ".pushsection .fixup, \"ax\"\n"
		     "3: xorl %0, %0\n jmp 1b\n"
		     "4: xorl %1, %1\n jmp 2b\n"
		     ".popsection\n" EXTABLE(1b, 3b) EXTABLE(2b, 4b)
		     : "+r"(fs), "+r"(gs)
		     :
		     : "memory");
}

static always_inline void load_dr7(u32 v)
{
	asm volatile("mov %0, %%dr7" : : "r"(v));
}

static always_inline void world_plugin(struct plugin *p)
{
	p->state = PLUGIN_RUNNING;
	plugin_running = p;
	if (unlikely(segments_owner != p))
		segments_set(p);
	tss.esp0 = (u32)(plugin_stack + sizeof(plugin_stack));
	tss.iomap = IOMAP_CLOSED;
	asm volatile("movl %%fs, %0\n movl %%gs, %1" : "=r"(guest_fs), "=r"(guest_gs));
	lgdt(&gdtr_plugin);
	asm volatile("movl %0, %%fs\n movl %0, %%gs" : : "r"(0));
	write_cr0(cr0_running);
	if (unlikely(vcpu.debugreg[7] & DR7_ARMED)) {
		load_dr7(DR7_NONE);
		left |= LEFT_DEBUG;
	}
	if (unlikely(plugin_mode == PLUGIN_MODE_PAGE)) {
		if (unlikely(page_dir_owner != p))
			page_dir_fill(p);
		write_cr3(page_dir_cr3);
	}
	p->since = (u32)rdtsc();
}

static noinline void undo_left(void)
{
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
	if (unlikely(plugin_mode == PLUGIN_MODE_PAGE))
		write_cr3(current_l3 << PAGE_SHIFT);
	lgdt(&gdtr_kernel);
	tss.esp0 = (u32)(monitor_stack + sizeof(monitor_stack));
	tss.iomap = IOMAP_OPEN;
	load_fs_gs(guest_fs, guest_gs);
	if (unlikely(left))
		undo_left();
	else if (likely(!vcpu.ts))
		clts();
}

static always_inline void noreturn run_plugin(void)
{
	asm volatile("movl %0, %%esp\n jmp exit_to_guest" : : "i"(plugin_frame) : "memory");
	__builtin_unreachable();
}

static always_inline void noreturn run_guest(void)
{
	asm volatile("movl %0, %%esp\n jmp return_to_guest" : : "i"(guest_frame) : "memory");
	__builtin_unreachable();
}

static noinline long not_idle(struct plugin *p, struct regs *r)
{
	if (p->state != PLUGIN_DEAD)
		return -EBUSY;
	r->edx = 0;
	return PLUGIN_STATUS_DEAD;
}

/* Argument n of the list, into a register of the plugin's. */
#define ARGUMENT(n, to)                                                        \
	asm goto("1: movl %c2(%0), %%eax\n movl %%eax, (%1)\n"                 \
		 EXTABLE(1b, %l[fault])                                        \
		 :                                                             \
		 : "r"(list), "r"(&(to)), "i"((n) * 4)                         \
		 : "eax", "memory"                                             \
		 : fault)

long plugin_invoke(struct regs *r)
{
	struct plugin *p = plugin_find(hcall_arg1(r));
	u32 entry = hcall_arg2(r), list = hcall_arg3(r), nr = hcall_arg4(r);
	u32 cs = SEL_PLUGIN_CS2, ds = SEL_PLUGIN_DS2;
	struct regs *f = plugin_frame;

	if (unlikely(!p))
		return -ENOENT;
	if (unlikely(p->state != PLUGIN_IDLE))
		return not_idle(p, r);
	if (unlikely(entry - PLUGIN_TEXT_BASE >= p->text_size))
		return -EINVAL;
	f->ebx = f->ecx = f->edx = f->esi = f->edi = f->ebp = 0;
	if (nr) {
		if (unlikely(nr > PLUGIN_ARGS_MAX))
			return -EINVAL;
		if (unlikely(!guest_range_ok(list, nr * 4)))
			return -EFAULT;
		switch (nr) {
		case 6:
			ARGUMENT(5, f->ebp);
			/* fall through */
		case 5:
			ARGUMENT(4, f->edi);
			/* fall through */
		case 4:
			ARGUMENT(3, f->esi);
			/* fall through */
		case 3:
			ARGUMENT(2, f->edx);
			/* fall through */
		case 2:
			ARGUMENT(1, f->ecx);
			/* fall through */
		case 1:
			ARGUMENT(0, f->ebx);
		}
	}
	f->eax = entry;
	f->eip = p->start;
	f->esp = p->end;
	f->eflags = EFLAGS_IF | EFLAGS_ONE;
	if (unlikely(plugin_mode == PLUGIN_MODE_PAGE)) {
		cs = SEL_PLUGIN_CS3;
		ds = SEL_PLUGIN_DS3;
	}
	f->cs = cs;
	f->ds = f->es = f->ss = ds;
	p->calls++;
	p->used_ns = 0;
	trace(TRACE_PLUGIN, p->handle, entry, nr);
	world_plugin(p);
	run_plugin();
fault:
	return -EFAULT;
}

/* From the gate, on the plugin stack, with the data segments loaded. */
void plugin_returned(u32 value)
{
	struct plugin *p = plugin_running;

	p->state = PLUGIN_IDLE;
	if (unlikely(left & LEFT_CONTEXT)) {
		context_free(p->context);
		p->context = NULL;
	}
	world_guest();
	guest_frame->eax = PLUGIN_STATUS_OK;
	guest_frame->edx = value;
	run_guest();
}

void plugin_end(u32 status)
{
	struct plugin *p = plugin_running;

	fault_record(p, plugin_frame, status);
	p->state = PLUGIN_DEAD;
	p->faults++;
	if (p->context)
		context_free(p->context);
	p->context = NULL;
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
		plugin_end(PLUGIN_STATUS_FORBIDDEN);
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
	plugin_end(PLUGIN_STATUS_FAULT);
}

/* Time that went by since it last began, or since this was last asked. */
static void account(struct plugin *p)
{
	u32 now = (u32)rdtsc();

	p->used_ns += cycles_to_ns(now - p->since);
	p->since = now;
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
	left &= ~LEFT_CONTEXT;
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
			plugin_end(PLUGIN_STATUS_TIMEOUT);
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
	*plugin_frame = p->context->regs;
	world_plugin(p);
	left |= LEFT_CONTEXT;
	load_fs_gs(p->context->fs, p->context->gs);
	run_plugin();
}
