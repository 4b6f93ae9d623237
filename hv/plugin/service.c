// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services: what a plugin asks of the guest kernel in the middle of a call.
 *
 * The gate ends the guest's hypercall with PLUGIN_STATUS_SERVICE; the plugin
 * waits, its registers put away in its struct plugin, until the guest issues
 * PLUGINOP_reply. Meanwhile the guest may do anything, as with a suspended one.
 * The monitor checks the number and nothing else: arguments mean something to
 * the guest alone.
 *
 * Only what a plugin can change is kept: CS and SS it cannot, EAX and EDX are
 * for the answer.
 */
#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>

void plugin_service(struct regs *r);

static void answer(struct regs *r, int status)
{
	r->eax = (u32)status;
	r->edx = 0;
}

/* One that it may not use: it goes on, until it has done so too often. */
static noinline void refuse(struct plugin *p, struct regs *r)
{
	p->refused++;
	if (!--p->strikes) {
		r->eip -= 2;
		plugin_end(r, PLUGIN_STATUS_FORBIDDEN);
	}
	answer(r, -EPERM);
}

/* From the gate, with the plugin's frame. Returns to go on with it. */
void plugin_service(struct regs *r)
{
	struct plugin *p = plugin_running;
	u32 nr = r->eax;

	if (unlikely(nr >= PLUGIN_SERVICES_MAX || !(p->allowed[nr / 32] >> nr % 32 & 1))) {
		refuse(p, r);
		return;
	}
	if (unlikely(world_left & LEFT_FPU) && !fpu_keep(p)) {
		answer(r, -ENOMEM);
		return;
	}
	account(p);
	/* The tick may always find it waiting. */
	if (unlikely(past_budget(p)))
		plugin_timeout(r);
	p->services++;
	trace(TRACE_PLUGIN, p->handle, r->eip, PLUGIN_STATUS_SERVICE);
	p->state = PLUGIN_WAITING;
	p->saved.es = r->es;
	p->saved.ds = r->ds;
	p->saved.ebp = r->ebp;
	p->saved.eip = r->eip;
	p->saved.eflags = r->eflags;
	p->saved.esp = r->esp;
	p->saved.ebx = guest_frame->ebx = r->ebx;
	p->saved.ecx = guest_frame->ecx = r->ecx;
	p->saved.esi = guest_frame->esi = r->esi;
	p->saved.edi = guest_frame->edi = r->edi;
	guest_frame->edx = nr;
	guest_frame->eax = PLUGIN_STATUS_SERVICE;
	asm volatile("movl %%fs, %0\n movl %%gs, %1" : "=r"(p->fs), "=r"(p->gs));
	world_left &= ~LEFT_OF_CALL;
	world_guest();
	run_guest();
}

static noinline long not_waiting(struct regs *r)
{
	u32 handle = hcall_arg1(r);

	if (plugin_find(handle))
		return -EINVAL;
	if (!plugin_was(handle))
		return -ENOENT;
	r->edx = 0;
	return PLUGIN_STATUS_KILLED;
}

long plugin_reply(struct regs *r)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(hcall_arg1(r))];
	struct regs *f = plugin_frame;

	if (unlikely(p->handle != hcall_arg1(r) || p->state != PLUGIN_WAITING))
		return not_waiting(r);
	p->state = PLUGIN_IDLE;
	f->es = p->saved.es;
	f->ds = p->saved.ds;
	f->edi = p->saved.edi;
	f->esi = p->saved.esi;
	f->ebp = p->saved.ebp;
	f->ebx = p->saved.ebx;
	f->ecx = p->saved.ecx;
	f->edx = hcall_arg2(r);
	f->eax = hcall_arg3(r);
	f->eip = p->saved.eip;
	f->cs = plugin_cs;
	f->eflags = p->saved.eflags;
	f->esp = p->saved.esp;
	f->ss = plugin_ss;
	world_plugin(p);
	world_left |= LEFT_OF_CALL;
	run_plugin(p);
}

long plugin_services(u32 handle, u32 at)
{
	struct plugin *p = plugin_find(handle);
	struct plugin_services s;
	u32 i;

	if (!p)
		return -ENOENT;
	if (copy_from_guest(&s, at, sizeof(s)))
		return -EFAULT;
	if ((s.allowed[0] & 1) || !s.strikes)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(p->allowed); i++)
		p->allowed[i] = s.allowed[i];
	p->strikes = s.strikes;
	return 0;
}
