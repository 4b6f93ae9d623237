// SPDX-License-Identifier: MIT
/*
 * Calls of plugins from every state: invoke, resume, reply, traps and interrupts; the label
 * at which the monitor continues, with which registers, descriptor table, stack, ports, FPU
 * and breakpoints, and the state saved for a paused call.
 *
 * Many tested functions do not return but jump to a label of entry.S or gate.S. depart()
 * calls such a function, and fakes of these labels return from depart().
 *
 * Cannot tell: what the CPU makes of the registers; guests/plugin-* do.
 */
#include <hv/plugin_world.h>

#include "plugin_machine.h"

/* ---- invoke ---- */

static void invoke(void)
{
	static const struct {
		u32 entry, args, nr;
		long want;
	} rows[] = {
		{ PLUGIN_TEXT_BASE, 0, 0, 0 },
		{ PLUGIN_TEXT_BASE - 1, 0, 0, -EINVAL },
		{ 0, 0, 0, -EINVAL },
		{ PLUGIN_TEXT_BASE + 2 * PAGE_SIZE - 1, 0, 0, 0 },
		{ PLUGIN_TEXT_BASE + 2 * PAGE_SIZE, 0, 0, -EINVAL },
		{ ~0u, 0, 0, -EINVAL },
		{ PLUGIN_TEXT_BASE, ~0u, 0, 0 }, /* not read: no arguments */
		{ PLUGIN_TEXT_BASE, 0, PLUGIN_ARGS_MAX, 0 },
		{ PLUGIN_TEXT_BASE, 0, PLUGIN_ARGS_MAX + 1, -EINVAL },
		{ PLUGIN_TEXT_BASE, 0, ~0u, -EINVAL },
		{ PLUGIN_TEXT_BASE, HV_VIRT_START - 4, 1, 0 },
		{ PLUGIN_TEXT_BASE, HV_VIRT_START - 3, 1, -EFAULT },
		{ PLUGIN_TEXT_BASE, HV_VIRT_START - 24, 6, 0 },
		{ PLUGIN_TEXT_BASE, HV_VIRT_START - 20, 6, -EFAULT },
	};
	static const long states[] = { -ENOENT, 0, -EBUSY, -EBUSY, PLUGIN_STATUS_DEAD };
	struct regs r;
	u32 i;
	long result;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		make(PLUGIN_READY);
		r = (struct regs){
			.ecx = HANDLE, .edx = rows[i].entry, .esi = rows[i].args, .edi = rows[i].nr
		};
		result = depart(plugin_invoke, (u32)&r, 0);
		CHECK(landed == (rows[i].want ? RETURNED : ENTERED), "row %u: %ld", i, result);
		CHECK(p.calls == !rows[i].want, "row %u", i);
		if (rows[i].want)
			CHECK(result == rows[i].want && !plugin_running, "row %u", i);
		else
			plugins_world(0, 0);
	}
	for (i = PLUGIN_FREE; i <= PLUGIN_DEAD; i++) {
		make(i);
		r = ask(HANDLE);
		result = depart(plugin_invoke, (u32)&r, 0);
		CHECK(landed == (i == PLUGIN_READY ? ENTERED : RETURNED), "state %u", i);
		CHECK(i == PLUGIN_READY || result == states[i], "state %u: %ld", i, result);
		CHECK(r.edx == (i == PLUGIN_DEAD ? 0 : PLUGIN_TEXT_BASE), "state %u", i);
		r = ask(HANDLE + PLUGINS_MAX);
		if (i != PLUGIN_READY)
			CHECK(depart(plugin_invoke, (u32)&r, 0) == -ENOENT, "state %u", i);
	}
	make(PLUGIN_READY);
	r = ask(HANDLE - PLUGINS_MAX);
	CHECK(depart(plugin_invoke, (u32)&r, 0) == -ENOENT && landed == RETURNED);
}

/* Invoke when p is space_owner already, and when plugin_regs belongs to another call. */
static void spaces(void)
{
	struct regs r = ask(HANDLE);

	make(PLUGIN_READY);
	space_owner = &p;
	depart(plugin_invoke, (u32)&r, 0);
	CHECK(landed == ENTERED && !segments && space_owner == &p);
	make(PLUGIN_READY);
	space_owner = regs_owner = &other;
	depart(plugin_invoke, (u32)&r, 0);
	CHECK(landed == ENTERED && !regs_owner && !filled && !other.fpu);
	CHECK(other.saved.eip == PLUGIN_TEXT_BASE + 100);
	plugins_world(0, 0);
	plugin_mode = PLUGIN_MODE_PAGE;
	make(PLUGIN_READY);
	space_owner = regs_owner = &other;
	fpu_of_plugin[24] = FPU_TWO & 0xff;
	fpu_of_plugin[25] = FPU_TWO >> 8;
	fpu_of_plugin[511] = 0x77;
	depart(plugin_invoke, (u32)&r, 0);
	CHECK(landed == ENTERED && !regs_owner && filled == 1 && other.fpu);
	CHECK(image_mark(other.fpu->image) == FPU_TWO && other.fpu->image[511] == 0x77);
	CHECK(cpu.cr[0] == CR0);
	plugin_mode = PLUGIN_MODE_SEGMENT;
}

static void breakpoints(void)
{
	static const u32 dr7[] = { 0x400, 0x401, 0x480, 0x500, DEBUG7 };
	struct regs r;
	u32 i, n;

	for (n = 0; n < 2 * ARRAY_SIZE(dr7); n++) {
		bool armed = dr7[i = n / 2] & 0xff;

		r = ask(HANDLE);
		make(PLUGIN_READY);
		vcpu.debugreg[7] = dr7[i];
		vcpu.ts = n & 1;
		cpu.dr[7] = 1;
		depart(plugin_invoke, (u32)&r, 0);
		CHECK(landed == ENTERED && cpu.dr[7] == (armed ? 0x400 : 1), "%x", dr7[i]);
		CHECK(world_left == (armed ? LEFT_DEBUG : 0), "%x", dr7[i]);
		asm volatile("movw %0, %%fs" : : "r"(at_fs));
		depart(plugin_returned, 0, 0);
		CHECK(landed == TO_GUEST && cpu.dr[7] == (armed ? dr7[i] : 1), "%x", dr7[i]);
		guests_world();
	}
}

/* ---- the ends of a call ---- */

static void ends(void)
{
	u32 left, ts;

	for (left = 0; left < 4; left++) {
		ts = left & 1;
		running();
		vcpu.ts = ts;
		p.left = 1;
		call_left = left & 2;
		CHECK(fpu_reserve(&p));
		depart(plugin_returned, 0, 0);
		CHECK(landed == TO_GUEST && guest_regs->eax == PLUGIN_STATUS_OK);
		CHECK(p.left == (left & 2 ? BUDGET : 1) && !p.fpu == !!(left & 2));
		CHECK(!call_left);
		guests_world();
	}
	running();
	p.calls = 5;
	depart(plugin_bad_arguments, 0, 0);
	CHECK(landed == TO_GUEST && p.calls == 4 && guest_regs->eax == (u32)-EFAULT);
	guests_world();
	running();
	p.left = 1;
	call_left = true;
	CHECK(fpu_reserve(&p));
	guest_regs->edx = 9;
	depart(plugin_end, (u32)plugin_regs, PLUGIN_STATUS_FAULT);
	CHECK(landed == TO_GUEST && recorded == PLUGIN_STATUS_FAULT && p.state == PLUGIN_DEAD);
	CHECK(p.faults == 1 && p.left == BUDGET && !p.fpu && !call_left);
	CHECK(guest_regs->eax == PLUGIN_STATUS_FAULT && guest_regs->edx == 0);
	guests_world();
	running();
	plugin_regs->error_code = 9;
	depart(plugin_timeout, (u32)plugin_regs, 0);
	CHECK(landed == TO_GUEST && recorded == PLUGIN_STATUS_TIMEOUT);
	CHECK(record.vector == PLUGIN_VECTOR_TIMEOUT && !record.error_code);
	guests_world();
}

static void traps(void)
{
	static const struct {
		u32 vector, error, eip;
		bool rdtsc, goes_on;
		u32 says, says_error, back; /* in the record */
	} rows[] = {
		{ VEC_DE, 0, 0x1000, true, false, VEC_DE, 0, 0 },
		{ VEC_PF, 5, 0x1000, true, false, VEC_PF, 5, 0 },
		{ VEC_NMI, 0, 0x1000, false, true, 0, 0, 0 },
		{ VEC_DB, 0, 0x1000, false, false, VEC_DB, 0, 0 },
		{ VEC_GP, 0, 0x1000, true, true, 0, 0, 0 },
		{ VEC_GP, 0, 0x1000, false, false, VEC_GP, 0, 0 },
		{ VEC_GP, 8, 0x1000, true, false, VEC_GP, 8, 0 },
		{ VEC_GP, 0, 0x2fff, true, true, 0, 0, 0 },
		{ VEC_GP, 0, 0x3000, true, false, VEC_GP, 0, 0 },
		{ VEC_GP, 0, 0xfff, true, false, VEC_GP, 0, 0 },
		{ VEC_SYSCALL, 0, 0x1002, true, false, VEC_GP, VEC_SYSCALL * 8 + 2, 2 },
		{ VEC_IRQ0 - 1, 0, 0x1000, true, false, VEC_IRQ0 - 1, 0, 0 },
		{ VEC_IRQ0, 0, 0x1000, false, true, 0, 0, 0 },
		{ 0xff, 0, 0x1000, false, true, 0, 0, 0 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		running();
		plugin_regs->vector = rows[i].vector;
		plugin_regs->error_code = rows[i].error;
		plugin_regs->eip = rows[i].eip;
		rdtsc_done = rows[i].rdtsc;
		rdtsc_at = 0;
		depart(plugin_trap, (u32)plugin_regs, 0);
		CHECK(landed == (rows[i].goes_on ? RETURNED : TO_GUEST), "row %u", i);
		CHECK(cpu.dr[6] == (rows[i].vector == VEC_DB ? 0xffff0ff0 : 0), "row %u", i);
		if (rdtsc_at)
			CHECK(rdtsc_at == HV_PLUGIN_START + rows[i].eip &&
				      rdtsc_len == 0x3000 - rows[i].eip,
			      "row %u", i);
		if (rows[i].goes_on)
			continue;
		CHECK(recorded == PLUGIN_STATUS_FAULT && record.vector == rows[i].says, "row %u",
		      i);
		CHECK(record.error_code == rows[i].says_error, "row %u", i);
		CHECK(record.eip == rows[i].eip - rows[i].back, "row %u", i);
		guests_world();
	}
}

/* #NM: the FPU has the plugin's registers until the guest or another plugin runs. */
static void fpu(void)
{
	u32 ts;

	for (ts = 0; ts < 2; ts++) {
		running();
		vcpu.ts = ts;
		plugin_regs->vector = VEC_NM;
		depart(plugin_trap, (u32)plugin_regs, 0);
		CHECK(landed == RETURNED && world_left == LEFT_FPU && call_left && p.fpu);
		CHECK(fpu_mark() == FPU_FRESH && !(cpu.cr[0] & CR0_TS));
		CHECK(image_mark(fpu_of_guest) == FPU_GUEST);
		fpu_put(FPU_ONE);
		events.evtchn_upcall_pending = 1;
		depart(plugin_interrupted, (u32)plugin_regs, 0);
		CHECK(landed == TO_EVENT && image_mark(p.fpu->image) == FPU_ONE);
		guests_world();
		/* A resumed call gets its FPU registers back. */
		asm volatile("movw %0, %%fs" : : "r"(selector[0]));
		struct regs r = ask(HANDLE);
		depart(plugin_resume, (u32)&r, 0);
		CHECK(landed == TO_PLUGIN && !world_left && (cpu.cr[0] & CR0_TS));
		depart(plugin_trap, (u32)plugin_regs, 0);
		CHECK(landed == RETURNED && fpu_mark() == FPU_ONE);
		/* #NM although TS is clear: the call is ended, or it would trap for ever. */
		depart(plugin_trap, (u32)plugin_regs, 0);
		CHECK(landed == TO_GUEST && recorded == PLUGIN_STATUS_FAULT && !p.fpu);
		guests_world();
	}
}

/* ---- pauses ---- */

static void interrupts(void)
{
	static const struct {
		s64 left;
		bool pending, mask, fpu, memory;
		enum way want;
	} rows[] = {
		{ SLICE, false, false, false, false, RETURNED },
		{ SLICE - 1, false, false, false, false, TO_GUEST },
		{ SLICE - 1, true, false, false, false, TO_GUEST },
		{ 1ll << 32, true, false, false, false, TO_EVENT },
		{ SLICE, true, true, false, false, RETURNED },
		{ SLICE, false, true, false, false, RETURNED },
		{ SLICE, true, false, true, false, RETURNED },
		{ SLICE, true, false, true, true, TO_EVENT },
		{ SLICE, true, false, false, true, TO_EVENT },
	};
	u32 i, flag;

	for (i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		flag = i & 1 ? PLUGINOP_INTERRUPTIBLE : 0;
		running();
		p.left = rows[i / 2].left;
		p.since = rdtsc_low() - (1u << 30); /* more than slice_max */
		events.evtchn_upcall_pending = rows[i / 2].pending;
		events.evtchn_upcall_mask = rows[i / 2].mask;
		if (rows[i / 2].fpu)
			has_fpu();
		if (rows[i / 2].memory)
			CHECK(fpu_reserve(&p));
		fpu_save(fpu_of_guest);
		guest_regs->ebx = PLUGINOP_invoke | flag;
		guest_regs->ecx = HANDLE;
		guest_regs->eax = 55;
		guest_regs->edx = 66;
		depart(plugin_interrupted, (u32)plugin_regs, 0);
		CHECK(landed == rows[i / 2].want, "row %u: %u", i / 2, landed);
		if (landed == RETURNED) {
			CHECK(call_left && p.left == rows[i / 2].left - SLICE, "row %u", i / 2);
			CHECK(plugin_running == &p && p.state == PLUGIN_READY && !regs_owner);
			CHECK(rdtsc_low() - p.since < 1u << 29, "row %u", i / 2);
			continue;
		}
		guests_world();
		if (landed == TO_GUEST) {
			CHECK(recorded == PLUGIN_STATUS_TIMEOUT, "row %u", i / 2);
			continue;
		}
		CHECK(p.state == PLUGIN_SUSPENDED && regs_owner == &p && call_left);
		CHECK(p.left == rows[i / 2].left - SLICE && p.fs == selector[1] && p.gs == fake_gs);
		CHECK(guest_regs->eip == PLUGIN_TEXT_BASE + (flag ? 100 : 98));
		CHECK(guest_regs->ebx == (flag ? PLUGINOP_invoke | flag : PLUGINOP_resume));
		CHECK(guest_regs->eax == (flag ? PLUGIN_STATUS_INTERRUPTED : 55));
		CHECK(guest_regs->edx == (flag ? 0 : 66) && guest_regs->ecx == HANDLE);
	}
}

/* A paused call is continued only by the matching command, wherever its registers are. */
static void go_on(void)
{
	u32 state, reply, where;

	for (state = PLUGIN_FREE; state <= PLUGIN_DEAD; state++)
		for (reply = 0; reply < 2; reply++)
			for (where = 0; where < 5; where++) {
				struct regs r = { .ecx = HANDLE, .edx = 11, .esi = 22 };
				u32 wanted = reply ? PLUGIN_WAITING : PLUGIN_SUSPENDED;
				long result;

				make(state);
				p.owed = PLUGIN_FREE;
				if (where == 1)
					r.ecx += PLUGINS_MAX;
				if (where == 2)
					space_owner = regs_owner = &other;
				if (where >= 3)
					regs_owner = &p;
				if (where == 3)
					space_owner = &p; /* else p's space was forgotten */
				result =
					depart(reply ? (void *)plugin_reply : (void *)plugin_resume,
					       (u32)&r, 0);
				if (where == 1 || state != wanted) {
					CHECK(landed == RETURNED && !plugin_running);
					CHECK(result == (where == 1 || state == PLUGIN_FREE ?
								 -ENOENT :
								 -EINVAL),
					      "state %u: %ld", state, result);
					continue;
				}
				CHECK(landed == TO_PLUGIN && at_esp == (u32)plugin_regs);
				CHECK(p.state == PLUGIN_READY && !regs_owner && call_left);
				if (where == 3)
					segments = &p; /* set before the pause */
				plugins_world(selector[1], selector[0]);
				CHECK(plugin_regs->eip ==
				      (where >= 3 ? PLUGIN_TEXT_BASE + 100 : HANDLE));
				CHECK(where != 2 || other.saved.eip == PLUGIN_TEXT_BASE + 100);
				CHECK(plugin_regs->edx == (reply ? 11 : 0));
				CHECK(plugin_regs->eax == (reply ? 22 : 0));
			}
}

/* Page mode: CR3 and the FPU registers are switched with the plugin. */
static void pages(void)
{
	struct regs r = ask(HANDLE);
	u32 ts, debug, owner;

	for (owner = 0; owner < 8; owner++) {
		ts = owner & 1;
		debug = owner & 2;
		plugin_mode = PLUGIN_MODE_PAGE;
		make(PLUGIN_SUSPENDED);
		vcpu.ts = ts;
		vcpu.debugreg[7] = debug ? DEBUG7 : 0x400;
		CHECK(fpu_reserve(&p));
		p.fpu->next_free = (void *)0x1234; /* not part of the image */
		fpu_put(FPU_ONE);
		fpu_save(p.fpu->image);
		fpu_put(FPU_TWO);
		fpu_save(fpu_of_plugin);
		fpu_put(FPU_GUEST);
		space_owner = regs_owner = owner & 4 ? &other : NULL;
		depart(plugin_resume, (u32)&r, 0);
		CHECK(landed == TO_PLUGIN && cpu.cr[3] == DIR_CR3 && fpu_mark() == FPU_ONE);
		CHECK(world_left == (LEFT_PAGE | (debug ? LEFT_DEBUG : 0)) && filled == 1);
		CHECK(image_mark(fpu_of_guest) == FPU_GUEST && !p.fpu);
		CHECK(!other.fpu == !(owner & 4));
		if (other.fpu)
			CHECK(image_mark(other.fpu->image) == FPU_TWO &&
			      other.fpu->next_free == (void *)0x1234);
		plugins_world(selector[1], selector[0]);
		fpu_put(FPU_FRESH);
		depart(plugin_returned, 0, 0);
		CHECK(landed == TO_GUEST && cpu.cr[3] == CR3 << PAGE_SHIFT);
		CHECK(image_mark(fpu_of_plugin) == FPU_FRESH);
		CHECK(cpu.dr[7] == (debug ? DEBUG7 : 0), "%x", cpu.dr[7]);
		at_fs = selector[0]; /* FS was the plugin's */
		guests_world();
	}
	/* plugin_regs is p's, but its space was forgotten: no FPU image is exchanged. */
	plugin_mode = PLUGIN_MODE_PAGE;
	make(PLUGIN_SUSPENDED);
	regs_owner = &p;
	depart(plugin_resume, (u32)&r, 0);
	CHECK(landed == TO_PLUGIN && filled == 1 && fpu_mark() == FPU_FRESH && !p.fpu);
	plugin_mode = PLUGIN_MODE_SEGMENT;
}

/* FPU images: each belongs to one plugin; what happens when none is left. */
static void images(void)
{
	static struct plugin many[40];
	u32 i, n, each = PAGE_SIZE / sizeof(struct plugin_fpu);
	struct regs r = ask(HANDLE);

	for (i = 0; fpu_reserve(&many[i]); i++)
		CHECK(i + 1 < ARRAY_SIZE(many));
	CHECK(!heap_left && i % each == 0, "%u images of %u", i, each);
	CHECK(!many[i].fpu && fpu_reserve(&many[0]));
	for (n = 0; n < i * i; n++)
		CHECK(n / i == n % i || many[n / i].fpu != many[n % i].fpu);
	/* No image for the paused call of regs_owner: invoke fails, nothing changes. */
	plugin_mode = PLUGIN_MODE_PAGE;
	make(PLUGIN_READY);
	space_owner = regs_owner = &other;
	CHECK(depart(plugin_invoke, (u32)&r, 0) == -ENOMEM && landed == RETURNED);
	CHECK(regs_owner == &other && space_owner == &other && !p.calls && !filled);
	plugin_mode = PLUGIN_MODE_SEGMENT;
	/* No image for a plugin that uses the FPU: it may run, but cannot be paused. */
	running();
	plugin_regs->vector = VEC_NM;
	depart(plugin_trap, (u32)plugin_regs, 0);
	CHECK(landed == RETURNED && fpu_mark() == FPU_FRESH && !p.fpu);
	events.evtchn_upcall_pending = 1;
	depart(plugin_interrupted, (u32)plugin_regs, 0);
	CHECK(landed == RETURNED && p.state == PLUGIN_READY);
	while (i--) {
		fpu_forget(&many[i]);
		CHECK(!many[i].fpu && fpu_reserve(&many[39]));
	}
}

int main(void)
{
	machine_init();
	heap_left = 2;
	fpu_init();
	CHECK(heap_left == 1);
	invoke();
	spaces();
	breakpoints();
	ends();
	traps();
	fpu();
	interrupts();
	go_on();
	pages();
	images();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
