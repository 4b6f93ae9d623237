// SPDX-License-Identifier: GPL-2.0-only
/*
 * Services: requests of a plugin to the guest kernel in the middle of a call.
 *
 * plugin_service() returns from the guest's hypercall with PLUGIN_STATUS_SERVICE. The
 * plugin then waits until the guest issues PLUGINOP_reply; its registers stay on
 * plugin_stack until another plugin runs. While a plugin waits the guest may do
 * anything, as while one is suspended. The monitor checks the service's number only:
 * the arguments have a meaning to the guest alone.
 */
#include <hv/errno.h>
#include <hv/hypercall.h>
#include <hv/plugin_world.h>
#include <hv/trace.h>

void plugin_service(u32 nr);

/* Answer in place of the guest: `status` and no value. */
static void answer(struct regs *r, int status)
{
	r->eax = (u32)status;
	r->edx = 0;
}

/* The service is not allowed: a strike. The last strike ends the call, else -EPERM. */
static noinline void refuse(struct plugin *p, struct regs *r)
{
	p->refused++;
	if (!--p->strikes) {
		r->eip -= 2;
		r->vector = PLUGIN_GATE;
		r->error_code = 0;
		plugin_end(r, PLUGIN_STATUS_FORBIDDEN);
	}
	answer(r, -EPERM);
}

/*
 * gate.S calls this; EDX, ESI and EDI of guest_regs hold the number and two
 * arguments already. Returns only if the plugin goes on at once: refused.
 */
void plugin_service(u32 nr)
{
	struct plugin *p = plugin_running;
	struct regs *r = plugin_regs;

	if (unlikely(nr >= PLUGIN_SERVICES_MAX || !(p->allowed[nr / 32] >> nr % 32 & 1))) {
		refuse(p, r);
		return;
	}
	if (unlikely(world_left & LEFT_FPU) && !fpu_keep(p)) {
		answer(r, -ENOMEM);
		return;
	}
	/* Checked here too: a plugin may be waiting whenever the tick comes. */
	if (unlikely(account(p)))
		plugin_timeout(r);
	p->services++;
	trace(TRACE_PLUGIN, p->handle, r->eip, PLUGIN_STATUS_SERVICE);
	guest_regs->ebx = r->ebx;
	guest_regs->ecx = r->ecx;
	PUT(guest_regs->eax, PLUGIN_STATUS_SERVICE); /* gate.S has put EDX, ESI, EDI */
	pause_call(p, PLUGIN_WAITING);
	run_guest();
}

long plugin_reply(struct regs *r)
{
	struct plugin *p = plugin_slots[PLUGIN_SLOT(hcall_arg1(r))];
	struct regs *to = plugin_regs;

	if (unlikely(p->handle != hcall_arg1(r) || p->state != PLUGIN_WAITING))
		return plugin_not_paused(r, PLUGIN_WAITING);
	take_up_call(p);
	to->edx = hcall_arg2(r);
	to->eax = hcall_arg3(r);
	run_plugin();
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
