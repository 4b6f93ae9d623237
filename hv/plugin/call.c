// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of plugins: how a call begins, is suspended, is resumed and ends.
 *
 * A call ends at the gate (plugin_returned), or by a fault or a used up budget
 * (plugin_end). When an event for the guest arrives while the plugin runs, suspend()
 * pauses the call and changes guest_regs: once the guest's handler returns,
 * the guest either issues PLUGINOP_resume or, if its hypercall was
 * PLUGINOP_INTERRUPTIBLE, finds that the hypercall has returned. Before it resumes
 * the call the guest may do anything: also invoke other plugins, have them suspended,
 * and resume all of them in any order.
 */
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>
#include <hv/trap.h>

void plugin_enter(const struct plugin *p) noreturn;
void plugin_returned(void) noreturn;
void plugin_bad_arguments(void) noreturn;

/* The call is over: the next one begins with a whole budget and a fresh FPU. */
static noinline void forget_call(struct plugin *p)
{
	call_left = false;
	p->left = (s64)p->budget;
	fpu_forget(p);
}

/* Result of invoke when p is not idle, or the handle is not p's. */
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
 * plugin_enter() reads the arguments that are checked here from guest_regs
 * again. Nothing else writes that frame in between.
 */
long plugin_invoke(struct regs *r)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(hcall_arg1(r))];
	u32 nr;

	if (unlikely(p->handle != hcall_arg1(r) || p->state != PLUGIN_READY))
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
	debug_plugin_runs(p);
	if (unlikely(space_owner != p) && !switch_space(p))
		return -ENOMEM;
	p->calls++;
	world_plugin(p, 0, 0);
	plugin_enter(p);
}

/* gate.S comes here when reading the arguments faulted. The plugin did not run. */
void plugin_bad_arguments(void)
{
	plugin_running->calls--;
	world_guest();
	guest_regs->eax = (u32)-EFAULT;
	run_guest();
}

/* gate.S comes here, on plugin_stack; it has put the value into guest_regs. */
void plugin_returned(void)
{
	if (unlikely(call_left))
		forget_call(plugin_running);
	world_guest();
	guest_regs->eax = PLUGIN_STATUS_OK;
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
	guest_regs->eax = status;
	guest_regs->edx = 0;
	run_guest();
}

/* ---- while it runs ---- */

/*
 * CR4.TSD may be set for the process that the plugin is called for; rdtsc of the
 * plugin then faults and is emulated here (docs/decisions/0013-time-stamp-disable.md).
 */
static bool reads_time(const struct plugin *p, struct regs *r)
{
	u32 at = r->eip - PLUGIN_TEXT_BASE;

	return !r->error_code && at < p->text_size &&
	       emulate_rdtsc(r, (const u8 *)(plugin_base(p) + r->eip), p->text_size - at);
}

void plugin_trap(struct regs *r)
{
	switch (r->vector) {
	case VEC_NM:
		if (world_left & LEFT_FPU)
			break;
		world_left |= LEFT_FPU;
		fpu_to_plugin(plugin_running);
		call_left = true;
		return;
	case VEC_NMI:
		return; /* not the plugin's doing: ignored as in trap/trap.c */
	case VEC_DB:
		asm volatile("mov %0, %%dr6" : : "r"(0xffff0ff0));
		break;
	case VEC_GP:
		if (reads_time(plugin_running, r))
			return;
		break;
	case VEC_SYSCALL:
		/* The gate's DPL 3 is for processes: #GP at the instruction, as with DPL 0. */
		r->eip -= 2;
		r->error_code = VEC_SYSCALL << 3 | 2;
		r->vector = VEC_GP;
		break;
	default:
		if (r->vector >= VEC_IRQ0)
			return; /* unexpected interrupt, not from the PIC */
	}
	plugin_end(r, PLUGIN_STATUS_FAULT);
}

void plugin_timeout(struct regs *r)
{
	r->vector = PLUGIN_VECTOR_TIMEOUT;
	r->error_code = 0;
	plugin_end(r, PLUGIN_STATUS_TIMEOUT);
}

/*
 * Suspend the call until the guest has handled the event. The plugin's registers stay
 * on plugin_stack until another plugin runs. In guest_regs EBX and ECX are the
 * command and the handle as the guest issued them, EAX is the hypercall's number.
 * Returns if there is no memory for the FPU registers: the event then waits.
 */
static always_inline void suspend(struct plugin *p)
{
	if (unlikely(world_left & LEFT_FPU) && !fpu_keep(p))
		return;
	pause_call(p, PLUGIN_SUSPENDED);
	if (guest_regs->ebx & PLUGINOP_INTERRUPTIBLE) {
		PUT(guest_regs->eax, PLUGIN_STATUS_INTERRUPTED);
		PUT(guest_regs->edx, 0);
	} else {
		guest_regs->eip -= 2; /* int $0x82 */
		PUT(guest_regs->ebx, PLUGINOP_resume);
	}
	run_guest_event();
}

/* The tick is one of these interrupts, so no budget is overrun by more than a tick. */
void plugin_interrupted(struct regs *r)
{
	struct plugin *p = plugin_running;
	bool past = account(p);

	call_left = true;
	if (unlikely(past))
		plugin_timeout(r);
	if (vcpu_info->evtchn_upcall_pending && !vcpu_info->evtchn_upcall_mask)
		suspend(p);
}

long plugin_resume(struct regs *r)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(hcall_arg1(r))];

	if (unlikely(p->handle != hcall_arg1(r) || p->state != PLUGIN_SUSPENDED))
		return plugin_not_paused(r, PLUGIN_SUSPENDED);
	take_up_call(p);
	run_plugin();
}
