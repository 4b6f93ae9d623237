// SPDX-License-Identifier: MIT
/* Owns the choice of a hypercall and its arguments, memory and plugins aside. */
#include "game.h"

/* Numbers of existing hypercalls; important ones are listed several times. */
static const u8 usual[] = {
	0,  1,	1,  1,	1,  1,	2,  3,	4,  5,	8,  9,	10, 10, 12, 12, 13, 13, 14, 14, 14,
	14, 15, 17, 18, 21, 22, 24, 26, 26, 26, 26, 26, 30, 32, 32, 32, 33, 55, 55, 55, 55,
};

static bool nested; /* in a multicall */

static void trap_table(struct call *c)
{
	u32 n = below(8), i;
	struct trap_info *t;
	void *fill;

	c->arg[0] = one_in(16) && !nested ? 0 : some_place((n + 1) * sizeof(*t), &fill);
	repairs |= REPAIR_TRAPS;
	if (!c->arg[0])
		return;
	t = fill;
	for (i = 0; i < n; i++) {
		t[i].vector = (u8)rnd();
		t[i].flags = (u8)rnd();
		t[i].cs = one_in(4) ? (u16)rnd() : FLAT_RING1_CS;
		t[i].address = some_va();
	}
	t[n].address = one_in(16) ? rnd() : 0;
}

static void gdt(struct call *c)
{
	u32 n = below(16), i;
	void *fill;

	c->arg[0] = some_place(16 * 4, &fill);
	for (i = 0; i < 16; i++)
		((u32 *)fill)[i] = some_frame();
	c->arg[1] = one_in(8) ? some_number() : n * 512 - (n ? below(512) : 0);
}

static void descriptor_update(struct call *c)
{
	u32 high, entry = some_entry(&high);
	u64 d = some_descriptor();

	if (gdt_frame && one_in(2))
		entry = (gdt_frame << PAGE_SHIFT) + below(one_in(2) ? 16 : 512) * 8;
	c->arg[0] = entry | (one_in(16) ? below(8) : 0);
	c->arg[1] = high;
	c->arg[2] = (u32)d;
	c->arg[3] = (u32)(d >> 32);
}

static void callbacks(struct call *c)
{
	u32 i;

	repairs |= REPAIR_CALLBACKS;
	if (c->nr == __HYPERVISOR_set_callbacks) {
		for (i = 0; i < 4; i += 2) {
			c->arg[i] = one_in(2) ? FLAT_RING1_CS : some_number();
			c->arg[i + 1] = some_va();
		}
		return;
	}
	c->arg[0] = one_in(8) ? some_number() : below(2);
	{
		struct callback_register *r;
		void *fill;

		c->arg[1] = some_place(sizeof(*r), &fill);
		r = fill;
		r->type = (u16)(one_in(8) ? rnd() : below(8));
		r->flags = (u16)rnd();
		r->address.cs = one_in(2) ? FLAT_RING1_CS : some_number();
		r->address.eip = one_in(4) ? 0 : some_va();
	}
}

/* A structure of a few words, for calls that take a command and a structure. */
static void words(struct call *c, u32 commands, u32 at)
{
	u32 i, *w;
	void *fill;

	c->arg[at - 1] = one_in(16) ? some_number() : below(commands);
	c->arg[at] = some_place(32, &fill);
	w = fill;
	for (i = 0; i < 8; i++)
		w[i] = one_in(3) ? some_number() : one_in(3) ? DOMID_SELF : below(40);
	/* A word may be an address that the monitor writes to: only harmless ones are kept. */
	for (i = 0; i < 8; i++)
		if (!deadly && !harmless(w[i]))
			w[i] = 0;
}

static void console(struct call *c)
{
	void *fill;
	u32 at = some_place(16, &fill);

	/* Little is written to the console, because the verdict is printed there. */
	c->arg[0] = below(3);
	c->arg[1] = some_count(c->arg[0] ? 64 : 4);
	c->arg[2] = at;
	memset(fill, '\n', 16);
	if (c->arg[0] == CONSOLEIO_write && (c->arg[1] > 16 || !one_in(16)))
		c->arg[2] = (u32)scratch + SCRATCH_PAGES * PAGE_SIZE - below(4);
	if (one_in(16))
		c->arg[0] = rnd();
}

/* sched_op without the arguments that would end or block the guest. */
static void sched(struct call *c)
{
	struct sched_poll *p;
	void *fill;

	c->arg[0] = some_count(10);
	c->arg[1] = some_place(32, &fill);
	if (c->arg[0] == SCHEDOP_block)
		c->arg[0] = SCHEDOP_yield;
	if (c->arg[0] == SCHEDOP_shutdown)
		c->arg[1] = 0xf5800000 + below(64); /* no reason, and nowhere */
	if (c->arg[0] == SCHEDOP_poll) {
		p = fill;
		p->ports.p = (void *)(one_in(4) ? some_va() : (u32)fill);
		p->nr_ports = one_in(4) ? some_number() : below(4);
		p->timeout = 1 + below(1000); /* that was long ago */
		/* The argument must be this structure: a random time-out could block too long. */
		if ((u32)p != c->arg[1])
			c->arg[1] = 0xf5800000 - below(16);
	}
}

static void timer(struct call *c)
{
	u64 now = clock_ns();

	switch (below(6)) {
	case 0:
		now += below(2000000);
		break;
	case 1:
		now -= below(2000000);
		break;
	case 2:
		now = (u64)rnd() << 32 | rnd();
		break;
	case 3:
		now = 0;
		break;
	case 4:
		now = ~0ull - below(4);
		break;
	}
	c->arg[0] = (u32)now;
	c->arg[1] = (u32)(now >> 32);
}

static void arguments(struct call *c);

static void multicall(struct call *c)
{
	u32 n = 1 + below(8), i;
	struct multicall_entry list[8];
	void *fill;

	nested = true;
	for (i = 0; i < n; i++) {
		struct call e = { .nr = one_in(8) ? rnd() % 70 : PICK(usual) };
		u32 k;

		for (k = 0; k < 6; k++)
			e.arg[k] = some_number();
		arguments(&e);
		list[i].result = 0;
		list[i].op = one_in(64) ? rnd() : e.nr;
		for (k = 0; k < 6; k++)
			list[i].args[k] = e.arg[k];
	}
	nested = false;
	/* The list is placed last, after the arguments of its entries. */
	c->arg[0] = some_place(n * sizeof(list[0]), &fill);
	memcpy(fill, list, n * sizeof(list[0]));
	c->arg[1] = one_in(16) ? some_number() : n;
	if (c->arg[1] > n && !deadly)
		c->arg[0] = place_at_end(list, n * sizeof(list[0]));
}

static void arguments(struct call *c)
{
	void *fill;

	switch (c->nr) {
	case __HYPERVISOR_set_trap_table:
		trap_table(c);
		break;
	case __HYPERVISOR_mmu_update:
	case __HYPERVISOR_mmuext_op:
	case __HYPERVISOR_memory_op:
	case __HYPERVISOR_update_va_mapping:
	case __HYPERVISOR_update_va_mapping_otherdomain:
		memory_call(c);
		break;
	case __HYPERVISOR_set_gdt:
		gdt(c);
		break;
	case __HYPERVISOR_stack_switch:
		repairs |= REPAIR_STACK;
		c->arg[0] = one_in(2) ? FLAT_RING1_DS : some_number();
		c->arg[1] = some_va();
		break;
	case __HYPERVISOR_set_callbacks:
	case __HYPERVISOR_callback_op:
		callbacks(c);
		break;
	case __HYPERVISOR_set_debugreg:
	case __HYPERVISOR_get_debugreg:
		c->arg[0] = some_count(8);
		c->arg[1] = one_in(2) ? rnd() : some_va();
		break;
	case __HYPERVISOR_update_descriptor:
		descriptor_update(c);
		break;
	case __HYPERVISOR_multicall:
		if (nested) /* refused in a multicall, with any argument */
			break;
		multicall(c);
		/* With a wrong name the handle may be an old one. */
		repairs = REPAIR_TRAPS | REPAIR_CALLBACKS | REPAIR_STACK;
		break;
	case __HYPERVISOR_set_timer_op:
		timer(c);
		break;
	case __HYPERVISOR_xen_version:
		c->arg[0] = some_count(12);
		c->arg[1] = some_place(1024, &fill);
		*(u32 *)fill = some_count(2);
		break;
	case __HYPERVISOR_console_io:
		console(c);
		break;
	case __HYPERVISOR_vm_assist:
		c->arg[0] = some_count(3);
		c->arg[1] = some_count(8);
		break;
	case __HYPERVISOR_vcpu_op:
		words(c, 16, 2);
		c->arg[0] = c->arg[1];
		c->arg[1] = one_in(16) ? some_number() : 0;
		break;
	case __HYPERVISOR_event_channel_op:
		words(c, 14, 1);
		break;
	case __HYPERVISOR_physdev_op:
		words(c, 30, 1);
		break;
	case __HYPERVISOR_sched_op:
	case __HYPERVISOR_sched_op_compat:
		sched(c);
		break;
	case __HYPERVISOR_iret: /* attacks.c */
		if (!nested)
			c->nr = __HYPERVISOR_xen_version;
		break;
	case __HYPERVISOR_plugin_op:
		plugin_args(c);
		break;
	}
}

/* Flags and selectors that the monitor must not be impressed by. */
static void surroundings(struct call *c)
{
	static const u32 flags[] = { EFLAGS_DF, EFLAGS_AC, EFLAGS_NT,  EFLAGS_TF,
				     EFLAGS_CF, EFLAGS_ID, EFLAGS_IOPL };
	static const u16 loadable[] = { 0, 3, FLAT_RING1_DS, FLAT_RING3_DS, 0xe010 | 3 };

	c->eflags = 2;
	c->ds = c->es = FLAT_RING1_DS;
	c->fs = c->gs = 0;
	if (one_in(8))
		c->eflags |= PICK(flags) | PICK(flags);
	if (one_in(8)) {
		c->ds = loadable[below(4)];
		c->es = loadable[below(4)];
		c->fs = loadable[below(4)];
		c->gs = loadable[below(4)];
	}
}

void any_call(struct call *c)
{
	u32 i;

	places_free();
	c->nr = one_in(12) ? below(one_in(2) ? 64 : 160) : PICK(usual);
	for (i = 0; i < 6; i++)
		c->arg[i] = some_number();
	arguments(c);
	if (one_in(200))
		c->nr = 64 + (rnd() >> below(26)) % 0xffffff00u;
	surroundings(c);
	c->entry = fire_hypercall;
}

/* A number without a hypercall must give -ENOSYS. */
static bool number_ok(const struct call *c)
{
	static const u8 there[] = { 0,	1,  2,	3,  4,	5,  6,	8,  9,	10, 12, 13, 14,
				    15, 17, 18, 21, 22, 23, 24, 26, 29, 30, 32, 33, 55 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(there); i++)
		if (there[i] == c->nr)
			return true;
	return c->result == (u32)-XEN_ENOSYS;
}

/* Address of the call's first access, if the call certainly makes one; else 0. */
static u32 first_pointer(const struct call *c)
{
	switch (c->nr) {
	case __HYPERVISOR_set_trap_table:
		return c->arg[0];
	case __HYPERVISOR_mmu_update:
	case __HYPERVISOR_mmuext_op:
		return c->arg[1] & 0x7fffffff ? c->arg[0] : 0;
	case __HYPERVISOR_multicall:
		return c->arg[1] ? c->arg[0] : 0;
	case __HYPERVISOR_memory_op:
		return c->arg[0] == XENMEM_maximum_ram_page ? 0 : c->arg[1];
	case __HYPERVISOR_xen_version:
		return c->arg[0] == XENVER_version || c->arg[0] == XENVER_pagesize ? 0 : c->arg[1];
	case __HYPERVISOR_callback_op:
	case __HYPERVISOR_event_channel_op:
	case __HYPERVISOR_physdev_op:
		return c->arg[1];
	case __HYPERVISOR_plugin_op:
		return c->arg[0] <= PLUGINOP_create ? c->arg[1] : 0;
	}
	return 0;
}

/* Is the result allowed? An argument at or above the monitor's space must give an error. */
bool answer_ok(const struct call *c)
{
	return number_ok(c) && (first_pointer(c) < 0xf5800000 || (int)c->result < 0);
}

void known_answers(void)
{
	struct xen_feature_info features = { 0 };
	u32 value = rnd() & ~7u;

	check_eq(hypercall(xen_version, XENVER_version), 4 << 16 | 17, "the version");
	check_errno(hypercall(xen_version, XENVER_get_features, &features), 0, "features");
	check(features.submap, "no features");
	if (value < 0xf5800000) {
		check_errno(hypercall(set_debugreg, 0, value), 0, "debug register");
		check_eq((u32)hypercall(get_debugreg, 0), value, "debug register");
	}
	check_errno(hypercall(set_debugreg, 7, 0), 0, "breakpoints off");
	check_eq(hypercall(xen_version, 999), -XEN_ENOSYS, "no such command");
	check_eq(m2p(NULL)[frame_of(known_answers)], ((u32)known_answers - VIRT_BASE) >> PAGE_SHIFT,
		 "m2p");
	check_errno(hypercall(fpu_taskswitch, 0), 0, "fpu_taskswitch");
}
