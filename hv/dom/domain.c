/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one domain and its one virtual CPU, and the hypercalls that only set their
 * fields: handlers, callbacks, stack, FPU, debug registers.
 */
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/string.h>
#include <xen/callback.h>

struct vcpu vcpu;
struct domain domain;
struct shared_info *shared;
struct vcpu_info *vcpu_info;

/* May the guest kernel be entered with this CS? Only a selector of ring 1, not null. */
static bool code_selector_ok(u32 cs)
{
	return cs <= 0xffff && (cs & 3) == 1 && (cs & ~7u);
}

/* Read the trap table entry at `list`, ring 0 made ring 1. 1; 0 at the end mark; -errno. */
static int get_trap(struct trap_info *t, u32 list)
{
	if (copy_from_guest(t, list, sizeof(*t)))
		return -EFAULT;
	if (!t->address)
		return 0;
	if ((t->cs & 3) == 0) /* as Xen: ring 0 stands for the guest kernel's ring */
		t->cs |= 1;
	return code_selector_ok(t->cs) ? 1 : -EINVAL;
}

/* All entries are checked before the first one is stored: the whole table, or nothing. */
long do_set_trap_table(struct regs *r)
{
	u32 list = hcall_arg0(r), n, i;
	struct trap_info t;
	int more = 0;

	if (!list) {
		memset(vcpu.traps, 0, sizeof(vcpu.traps));
		return 0;
	}
	for (n = 0; (more = get_trap(&t, list + n * sizeof(t))) > 0; n++)
		if (n >= 512) /* more entries than vectors: there is no end mark */
			return -EINVAL;
	if (more < 0)
		return more;
	for (i = 0; i < n && get_trap(&t, list + i * sizeof(t)) > 0; i++)
		vcpu.traps[t.vector] = t;
	return 0;
}

long do_stack_switch(struct regs *r)
{
	u32 ss = hcall_arg0(r), sp = hcall_arg1(r);

	if ((ss & 3) == 0)
		ss |= 1;
	if (ss > 0xffff || (ss & 3) != 1 || !(ss & ~7u))
		return -EPERM;
	vcpu.kernel_ss = ss;
	vcpu.kernel_sp = sp;
	return 0;
}

/* Can this callback be set? eip = 0 removes it and needs no selector. */
static bool callback_selector_ok(u32 cs, u32 eip)
{
	return !eip || code_selector_ok((cs & 3) == 0 ? cs | 1 : cs);
}

static long set_callback(u32 type, u32 flags, u32 cs, u32 eip)
{
	if (!callback_selector_ok(cs, eip))
		return -EINVAL;
	if (eip && (cs & 3) == 0)
		cs |= 1;
	switch (type) {
	case CALLBACKTYPE_event:
		vcpu.event_cs = cs;
		vcpu.event_eip = eip;
		return 0;
	case CALLBACKTYPE_failsafe:
		vcpu.failsafe_cs = cs;
		vcpu.failsafe_eip = eip;
		vcpu.failsafe_masks_events = flags & CALLBACKF_mask_events;
		return 0;
	case CALLBACKTYPE_nmi:
		vcpu.nmi_cs = cs;
		vcpu.nmi_eip = eip;
		return 0;
	}
	return -ENOSYS; /* sysenter and syscall callbacks are not supported */
}

long do_set_callbacks(struct regs *r)
{
	long err;

	/* Check the second before the first is set: both are set, or neither. */
	if (!callback_selector_ok(hcall_arg2(r), hcall_arg3(r)))
		return -EINVAL;
	err = set_callback(CALLBACKTYPE_event, 0, hcall_arg0(r), hcall_arg1(r));
	return err ? err : set_callback(CALLBACKTYPE_failsafe, 0, hcall_arg2(r), hcall_arg3(r));
}

long do_callback_op(struct regs *r)
{
	struct callback_register reg;
	struct callback_unregister unreg;

	switch (hcall_arg0(r)) {
	case CALLBACKOP_register:
		if (copy_from_guest(&reg, hcall_arg1(r), sizeof(reg)))
			return -EFAULT;
		return set_callback(reg.type, reg.flags, reg.address.cs, reg.address.eip);
	case CALLBACKOP_unregister:
		if (copy_from_guest(&unreg, hcall_arg1(r), sizeof(unreg)))
			return -EFAULT;
		if (unreg.type == CALLBACKTYPE_event || unreg.type == CALLBACKTYPE_failsafe)
			return -EINVAL; /* as Xen: these two can be replaced, not removed */
		return set_callback(unreg.type, 0, 0, 0);
	}
	return -EINVAL; /* as Xen */
}

long do_fpu_taskswitch(struct regs *r)
{
	vcpu.ts = hcall_arg0(r) != 0;
	if (vcpu.ts)
		write_cr0(read_cr0() | CR0_TS);
	else
		clts();
	return 0;
}

long do_vm_assist(struct regs *r)
{
	u32 cmd = hcall_arg0(r), type = hcall_arg1(r);

	/*
	 * Always in effect here, so enabling them is a no-op: 4 GiB segments work in
	 * ring 3, and all memory for PDPTs is below 4 GiB. Writable page tables and a
	 * virtual IOPL are not offered.
	 */
	if (type != VMASST_TYPE_4gb_segments && type != VMASST_TYPE_4gb_segments_notify &&
	    type != VMASST_TYPE_pae_extended_cr3)
		return -EINVAL;
	switch (cmd) {
	case VMASST_CMD_enable:
		vcpu.vm_assist |= 1u << type;
		return 0;
	case VMASST_CMD_disable:
		vcpu.vm_assist &= ~(1u << type);
		return 0;
	}
	return -ENOSYS;
}

/*
 * Debug registers. Breakpoints are permitted on guest addresses only, I/O breakpoints
 * and general detect (GD) not at all. DR7's low half enables breakpoints, its high half
 * has their kinds and lengths.
 */
#define DR7_FIXED    0x400u
#define DR7_GD	     0x2000u
#define DR7_RESERVED 0xd800u

static void load_dr(unsigned int n, u32 v)
{
	switch (n) {
	case 0:
		asm volatile("mov %0, %%dr0" : : "r"(v));
		break;
	case 1:
		asm volatile("mov %0, %%dr1" : : "r"(v));
		break;
	case 2:
		asm volatile("mov %0, %%dr2" : : "r"(v));
		break;
	case 3:
		asm volatile("mov %0, %%dr3" : : "r"(v));
		break;
	case 7:
		asm volatile("mov %0, %%dr7" : : "r"(v));
		break;
	}
}

long do_set_debugreg(struct regs *r)
{
	u32 n = hcall_arg0(r), v = hcall_arg1(r), i;

	switch (n) {
	case 0 ... 3:
		if (v >= HV_VIRT_START)
			return -EPERM;
		break;
	case 4:
	case 6:
		n = 6;
		v = (v & ~0x1000u) | 0xffff0ff0;
		break;
	case 5:
	case 7:
		n = 7;
		if (v & DR7_GD)
			return -EPERM;
		v = (v & ~DR7_RESERVED) | DR7_FIXED;
		for (i = 0; i < 4; i++) /* kind 2 is an I/O breakpoint */
			if ((v >> (16 + 4 * i) & 3) == 2 && (v >> (2 * i) & 3))
				return -EPERM;
		break;
	default:
		return -EINVAL;
	}
	vcpu.debugreg[n] = v;
	load_dr(n, v);
	return 0;
}

long do_get_debugreg(struct regs *r)
{
	u32 n = hcall_arg0(r);

	if (n > 7)
		return -EINVAL;
	if (n == 4 || n == 5)
		n += 2;
	return (long)vcpu.debugreg[n];
}
