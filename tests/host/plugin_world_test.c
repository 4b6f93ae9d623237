// SPDX-License-Identifier: MIT
/*
 * The two worlds: the registers in each mode, the return from page mode of a call that could
 * not begin, and that no global points to a plugin that is destroyed.
 *
 * Cannot tell: how the CPU uses the registers; guests/plugin-* do.
 */
#include <hv/plugin_world.h>

#include "plugin_machine.h"

/* Unreadable arguments are noticed before the FPU registers are switched. */
static void bad_arguments_of_pages(void)
{
	struct regs r = ask(HANDLE);
	u32 ts;

	plugin_mode = PLUGIN_MODE_PAGE;
	world_init();
	for (ts = 0; ts < 2; ts++) {
		make(PLUGIN_READY);
		vcpu.ts = ts;
		depart(plugin_invoke, (u32)&r, 0);
		CHECK(landed == ENTERED && !(cpu.cr[0] & CR0_TS));
		depart(plugin_bad_arguments, 0, 0);
		CHECK(landed == TO_GUEST && guest_regs->eax == (u32)-EFAULT);
		guests_world();
	}
	plugin_mode = PLUGIN_MODE_SEGMENT;
	world_init();
}

/* space_forget() and world_forget() clear the globals that point to the plugin. */
static void forget(void)
{
	make(PLUGIN_SUSPENDED);
	space_owner = regs_owner = &p;
	world_forget(&other);
	CHECK(space_owner == &p && regs_owner == &p);
	space_forget(&p);
	CHECK(!space_owner && regs_owner == &p && !cleared);
	world_forget(&p);
	CHECK(!regs_owner);
	plugin_mode = PLUGIN_MODE_PAGE;
	space_owner = regs_owner = &p;
	space_forget(&other);
	CHECK(!cleared && space_owner);
	world_forget(&p);
	CHECK(cleared == 1 && !space_owner && !regs_owner);
	CHECK(plugin_mode == PLUGIN_MODE_PAGE);
	world_init();
	CHECK(plugin_cs == SEL_PLUGIN_CS3 && plugin_ss == SEL_PLUGIN_DS3);
	CHECK(slice_max == 3 * (4 * 80 + 10) && !(cr0_running & CR0_TS) && (cr0_ts & CR0_TS));
	plugin_mode = PLUGIN_MODE_SEGMENT;
	world_init();
	CHECK(plugin_cs == SEL_PLUGIN_CS2 && plugin_ss == SEL_PLUGIN_DS2 && cr0_running == cr0_ts);
}

int main(void)
{
	machine_init();
	heap_left = 2;
	fpu_init();
	bad_arguments_of_pages();
	forget();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
