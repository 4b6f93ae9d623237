// SPDX-License-Identifier: MIT
/*
 * The hypercalls that set fields of the virtual CPU: trap table, kernel stack, callbacks,
 * FPU, assists and debug registers; every selector and every command, the error of each
 * refusal, and that a refusal changes nothing.
 *
 * Cannot tell: that the fields take effect; the guests for each of them do.
 */
#include <string.h>

#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <xen/callback.h>

#include "check.h"
#include "fake_cpu.h"

#define NO_AT HV_VIRT_START /* where nothing can be copied from */

static struct vcpu before;

static void start(void)
{
	u32 i;

	memset(&vcpu, 0, sizeof(vcpu));
	for (i = 0; i < 256; i++)
		vcpu.traps[i].address = 0x1000 + i;
	vcpu.event_cs = vcpu.failsafe_cs = vcpu.nmi_cs = SEL_GUEST_CS;
	vcpu.event_eip = 0x2000;
	vcpu.failsafe_eip = 0x2001;
	vcpu.nmi_eip = 0x2002;
	memset(&cpu, 0, sizeof(cpu));
	before = vcpu;
}

#define UNCHANGED CHECK(!memcmp(&before, &vcpu, sizeof(vcpu)))

/* May the guest be entered through this selector, after RPL 0 was changed to 1? */
static bool usable(u32 selector)
{
	return selector <= 0xffff && (selector & 3) <= 1 && selector >> 3;
}

static u32 made(u32 selector)
{
	return selector & 3 ? selector : selector | 1;
}

/* All rings, both descriptor tables, and the smallest and largest selectors. */
static const u32 selectors[] = {
	0,	1,	2,	 3,	  4,	   5,	   6,	   7,	   8,	    9,	    10,
	11,	12,	13,	 14,	  15,	   0xe019, 0xe018, 0xe01a, 0xe01b,  0xfff9, 0xfffd,
	0xfffc, 0xffff, 0x10000, 0x10001, 0x10009, ~0u,	   ~2u,	   ~3u,	   0x1e019,
};

/* ---- the trap table ---- */

static struct trap_info list[514];

static long set(u32 at)
{
	struct regs r = { .ebx = at };

	return do_set_trap_table(&r);
}

static void trap_tables(void)
{
	u32 i;

	start();
	list[0] = (struct trap_info){ .vector = 3, .flags = 3, .cs = 0xe019, .address = 0x5000 };
	list[1] = (struct trap_info){ .vector = 255, .flags = 4, .cs = 0xe018, .address = 1 };
	list[2] = (struct trap_info){ .vector = 0, .cs = 0x000c, .address = 0x6000 };
	list[3] = (struct trap_info){ .vector = 9, .cs = 0xe019 }; /* no address: the end */
	CHECK(set((u32)list) == 0);
	before.traps[3] = list[0];
	before.traps[255] = list[1];
	before.traps[255].cs = 0xe019;
	before.traps[0] = list[2];
	before.traps[0].cs = 0x000d;
	UNCHANGED;
	for (i = 0; i < ARRAY_SIZE(selectors) && selectors[i] <= 0xffff; i++) {
		start();
		list[1].cs = (u16)selectors[i];
		CHECK(set((u32)list) == (usable(selectors[i]) ? 0 : -EINVAL), "%x", selectors[i]);
		if (usable(selectors[i]))
			CHECK(vcpu.traps[255].cs == made(selectors[i]) &&
			      vcpu.traps[3].address == 0x5000);
		else
			UNCHANGED;
	}
	/* A table at an address that cannot be read, and no table. */
	start();
	CHECK(set(NO_AT) == -EFAULT && set(NO_AT - 3) == -EFAULT);
	UNCHANGED;
	CHECK(set(0) == 0);
	for (i = 0; i < 256; i++)
		CHECK(!vcpu.traps[i].address);
	CHECK(vcpu.event_eip == 0x2000);
}

/* The longest trap table, and one with an entry more. */
static void long_tables(void)
{
	u32 i;

	for (i = 0; i < 514; i++)
		list[i] = (struct trap_info){ .vector = (u8)i, .cs = 0xe019, .address = 1 + i };
	start();
	list[512].address = 0;
	CHECK(set((u32)list) == 0);
	for (i = 0; i < 256; i++)
		CHECK(vcpu.traps[i].address == 257 + i, "%u: the last of a vector counts", i);
	start();
	list[512].address = 513;
	list[513].address = 0;
	CHECK(set((u32)list) == -EINVAL);
	UNCHANGED;
}

/* ---- stack and callbacks ---- */

static void stacks(void)
{
	struct regs r = { .ecx = 0x12345678 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(selectors); i++) {
		start();
		r.ebx = selectors[i];
		CHECK(do_stack_switch(&r) == (usable(r.ebx) ? 0 : -EPERM), "%x", r.ebx);
		if (usable(r.ebx)) {
			before.kernel_ss = made(r.ebx);
			before.kernel_sp = 0x12345678;
		}
		UNCHANGED;
	}
}

static void callbacks(void)
{
	struct regs r = { .ecx = 0x3000, .esi = 0x4000 };
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(selectors); i++)
		for (k = 0; k < ARRAY_SIZE(selectors); k++) {
			bool good = usable(selectors[i]) && usable(selectors[k]);

			start();
			before.failsafe_masks_events = vcpu.failsafe_masks_events = true;
			r.ebx = selectors[i];
			r.edx = selectors[k];
			CHECK(do_set_callbacks(&r) == (good ? 0 : -EINVAL), "%x %x", r.ebx, r.edx);
			if (good) {
				before.event_cs = made(r.ebx);
				before.event_eip = 0x3000;
				before.failsafe_cs = made(r.edx);
				before.failsafe_eip = 0x4000;
				before.failsafe_masks_events = false;
			}
			UNCHANGED;
		}
	/* With address 0 any selector is accepted, and stored unchanged. */
	start();
	r = (struct regs){ .ebx = 2, .edx = 0 };
	CHECK(do_set_callbacks(&r) == 0);
	before.event_cs = 2;
	before.event_eip = before.failsafe_cs = before.failsafe_eip = 0;
	UNCHANGED;
}

static long callback_op(u32 command, const void *at)
{
	struct regs r = { .ebx = command, .ecx = (u32)at };

	return do_callback_op(&r);
}

static void registrations(void)
{
	struct callback_register reg = { .address = { 0xe018, 0x7000 } };
	struct callback_unregister unreg = { 0 };
	u32 i, type;

	for (i = 0; i < ARRAY_SIZE(selectors); i++)
		for (type = 0; type < 8; type++) {
			bool there = type == CALLBACKTYPE_event || type == CALLBACKTYPE_failsafe ||
				     type == CALLBACKTYPE_nmi;
			long want = !usable(selectors[i]) ? -EINVAL : there ? 0 : -ENOSYS;

			start();
			reg.type = (u16)type;
			reg.flags = i & 1 ? CALLBACKF_mask_events : 0xfffe;
			reg.address.cs = selectors[i];
			CHECK(callback_op(CALLBACKOP_register, &reg) == want, "%u", type);
			if (!want && type == CALLBACKTYPE_event) {
				before.event_cs = made(selectors[i]);
				before.event_eip = 0x7000;
			} else if (!want && type == CALLBACKTYPE_failsafe) {
				before.failsafe_cs = made(selectors[i]);
				before.failsafe_eip = 0x7000;
				before.failsafe_masks_events = i & 1;
			} else if (!want) {
				before.nmi_cs = made(selectors[i]);
				before.nmi_eip = 0x7000;
			}
			UNCHANGED;
		}
	for (type = 0; type < 8; type++) {
		long want = type == CALLBACKTYPE_nmi					? 0 :
			    type == CALLBACKTYPE_event || type == CALLBACKTYPE_failsafe ? -EINVAL :
											  -ENOSYS;

		start();
		unreg.type = (u16)type;
		CHECK(callback_op(CALLBACKOP_unregister, &unreg) == want, "%u", type);
		if (!want)
			before.nmi_cs = before.nmi_eip = 0;
		UNCHANGED;
	}
	start();
	CHECK(callback_op(CALLBACKOP_register, (void *)NO_AT) == -EFAULT);
	CHECK(callback_op(CALLBACKOP_unregister, (void *)NO_AT) == -EFAULT);
	CHECK(callback_op(2, &reg) == -EINVAL && callback_op(~0u, &reg) == -EINVAL);
	UNCHANGED;
}

/* ---- FPU and assists ---- */

static void fpu(void)
{
	static const u32 flags[] = { 1, 0, 0x80000000, 0 };
	struct regs r = { 0 };
	u32 i;

	start();
	cpu.cr[0] = 0x80050033;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		r.ebx = flags[i];
		CHECK(do_fpu_taskswitch(&r) == 0 && vcpu.ts == !!flags[i]);
		CHECK(cpu.cr[0] == (0x80050033 | (flags[i] ? CR0_TS : 0)), "%x", cpu.cr[0]);
	}
}

static long assist(u32 command, u32 type)
{
	struct regs r = { .ebx = command, .ecx = type };

	return do_vm_assist(&r);
}

static void assists(void)
{
	u32 command, type, on = 0;

	for (command = 0; command < 3; command++)
		for (type = 0; type < 40; type++) {
			bool there = type == VMASST_TYPE_4gb_segments ||
				     type == VMASST_TYPE_4gb_segments_notify ||
				     type == VMASST_TYPE_pae_extended_cr3;
			long want = !there ? -EINVAL : command > VMASST_CMD_disable ? -ENOSYS : 0;

			start();
			vcpu.vm_assist = ~0u;
			CHECK(assist(command, type) == want, "%u %u", command, type);
			on = there && command == VMASST_CMD_disable ? ~0u & ~(1u << type) : ~0u;
			CHECK(vcpu.vm_assist == on, "%u %u: %x", command, type, vcpu.vm_assist);
		}
	start();
	CHECK(assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3) == 0);
	CHECK(vcpu.vm_assist == 1u << VMASST_TYPE_pae_extended_cr3);
}

/* ---- debug registers ---- */

static long debug_set(u32 n, u32 v)
{
	struct regs r = { .ebx = n, .ecx = v };

	return do_set_debugreg(&r);
}

static u32 debug_get(u32 n)
{
	struct regs r = { .ebx = n };

	return (u32)do_get_debugreg(&r);
}

/* Only register n is stored, with value `is`, and only the CPU's DRn is loaded. */
static void only(u32 n, u32 is, u32 loaded)
{
	u32 i;

	for (i = 0; i < 8; i++) {
		CHECK(vcpu.debugreg[i] == (i == n ? is : 0), "%u", i);
		CHECK(cpu.dr[i] == (i == n ? loaded : 0), "%u", i);
	}
	CHECK(debug_get(n) == is);
}

static void addresses(void)
{
	u32 n;

	for (n = 0; n < 4; n++) {
		start();
		CHECK(debug_set(n, HV_VIRT_START) == -EPERM && debug_set(n, ~0u) == -EPERM);
		UNCHANGED;
		CHECK(!cpu.dr[n] && debug_set(n, HV_VIRT_START - 1) == 0);
		only(n, HV_VIRT_START - 1, HV_VIRT_START - 1);
	}
	start();
	CHECK(debug_set(8, 0) == -EINVAL && debug_set(~0u, 0) == -EINVAL);
	CHECK(debug_get(8) == (u32)-EINVAL && debug_get(~0u) == (u32)-EINVAL);
	UNCHANGED;
}

static void status_and_control(void)
{
	u32 n, i, kind, enable;

	for (n = 4; n <= 6; n += 2) { /* DR4 is an alias of DR6 */
		start();
		CHECK(debug_set(n, 0) == 0);
		only(6, 0xffff0ff0, 0); /* the CPU's DR6 is not loaded */
		CHECK(debug_get(4) == 0xffff0ff0);
		CHECK(debug_set(n, ~0u) == 0);
		only(6, 0xffffefff, 0);
	}
	for (n = 5; n <= 7; n += 2) {
		start();
		CHECK(debug_set(n, 0) == 0);
		only(7, 0x400, 0x400);
		CHECK(debug_set(n, 0x2000) == -EPERM); /* general detect */
		only(7, 0x400, 0x400);
		CHECK(debug_set(n, 0xddddd3ff | 0xd800) == 0); /* reserved bits */
		only(7, 0xdddd07ff, 0xdddd07ff);
		CHECK(debug_get(5) == 0xdddd07ff);
		CHECK(debug_set(n, 0x302) == 0); /* there is no fifth breakpoint */
		only(7, 0x702, 0x702);
		for (i = 0; i < 4; i++)
			for (kind = 0; kind < 4; kind++)
				for (enable = 0; enable < 4; enable++) {
					u32 v = kind << (16 + 4 * i) | enable << (2 * i) | 0x400;

					start();
					CHECK(debug_set(n, v) == (kind == 2 && enable ? -EPERM : 0),
					      "breakpoint %u", i);
					if (kind == 2 && enable)
						v = 0;
					only(7, v, v);
				}
	}
}

int main(void)
{
	fake_cpu_init();
	trap_tables();
	long_tables();
	stacks();
	callbacks();
	registrations();
	fpu();
	assists();
	addresses();
	status_and_control();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
