// SPDX-License-Identifier: MIT
/*
 * A trap out of virtual-8086 mode, for each vector and EFLAGS: of a process, of the guest
 * kernel and of a plugin.
 *
 * Cannot tell: that a machine enters this mode; guests/virtual-8086 tries.
 */
#include <setjmp.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/irq.h>
#include <hv/layout.h>
#include <hv/plugin.h>
#include <hv/printk.h>
#include <hv/trap.h>

#include "check.h"

bool in_user;
struct plugin *plugin_running;
static u32 injected, handled, traps;
static jmp_buf away; /* 1: killed, 2: the plugin ended */

void irq_handle(unsigned int irq)
{
	CHECK(!handled);
	handled = 1 + irq;
}

/* Ends the running plugin's call and does not return. */
void plugin_trap(struct regs *r)
{
	CHECK(r->vector == VEC_GP && !r->error_code);
	traps++;
	longjmp(away, 2);
}

void guest_kill(const char *fmt, ...)
{
	(void)fmt;
	longjmp(away, 1);
}

void inject_trap(struct regs *r, unsigned int vector, u32 error_code)
{
	CHECK(vector == VEC_GP && !error_code);
	CHECK(r->cs == SEL_USER_CS && r->ss == SEL_USER_DS);
	CHECK(r->ds == SEL_USER_DS && r->es == SEL_USER_DS);
	CHECK(r->eip == 0x1234 && r->esp == 0x5678);
	injected++;
}

static struct regs r;

static int trap(u32 vector, u32 eflags)
{
	int how;

	injected = handled = traps = 0;
	r = (struct regs){ .vector = vector, .error_code = 0x77, .eip = 0x1234, .esp = 0x5678 };
	r.cs = r.ss = 0x1001;
	r.eflags = eflags;
	how = setjmp(away);
	if (!how)
		virtual_8086(&r);
	return how;
}

int main(void)
{
	const u32 kept = EFLAGS_CF | EFLAGS_ONE | EFLAGS_DF | EFLAGS_RF | EFLAGS_AC | EFLAGS_ID;
	u32 vector;

	for (vector = 0; vector < 256; vector++) {
		u32 irq = vector - VEC_IRQ0 < 16 ? 1 + vector - VEC_IRQ0 : 0;

		in_user = true;
		plugin_running = NULL;
		CHECK(trap(vector, ~0u & ~EFLAGS_IF) == 0 && injected == 1, "vector %u", vector);
		CHECK(handled == irq, "vector %u", vector);
		CHECK((r.eflags & (kept | EFLAGS_IF)) == (kept | EFLAGS_IF));
		CHECK(!(r.eflags & (EFLAGS_VM | EFLAGS_IOPL | EFLAGS_NT | EFLAGS_TF)));
		CHECK(!(r.eflags & (EFLAGS_VIF | EFLAGS_VIP)));
		CHECK(trap(vector, EFLAGS_VM) == 0 && r.eflags == EFLAGS_IF);
		in_user = false;
		CHECK(trap(vector, EFLAGS_VM) == 1 && !injected && handled == irq);
		plugin_running = (struct plugin *)0x1000;
		CHECK(trap(vector, EFLAGS_VM) == 2 && traps == 1 && handled == irq);
		in_user = true;
		CHECK(trap(vector, EFLAGS_VM) == 2 && traps == 1 && !injected);
	}
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
