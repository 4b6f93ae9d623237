/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercall table, the hypercall page, and the hypercall multicall.
 */
#include <hv/domain.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/string.h>
#include <hv/trace.h>
#include "../include/public/plugin_op.h"

static long not_implemented(struct regs *r)
{
	(void)r;
	return -ENOSYS;
}

#pragma GCC diagnostic ignored "-Woverride-init" /* the first line fills all entries */
const hypercall_fn hypercall_table[NR_HYPERCALLS] = {
	[0 ... NR_HYPERCALLS - 1] = not_implemented,
#define HYPERCALL(name, args, what) [__HYPERVISOR_##name] = do_##name,
#include "hypercall_list.h"
#undef HYPERCALL
};

void trace_hypercall(const struct regs *r);
void trace_hypercall(const struct regs *r)
{
	trace(TRACE_HYPERCALL, r->eax, r->ebx, r->ecx);
}

/* A stub: mov $nr, %eax; int $0x82; ret. The stub of iret pushes EAX first. */
void hypercall_page_fill(u8 *page)
{
	u32 i;

	memset(page, 0xcc, 4096);
	for (i = 0; i < 128; i++) {
		u8 *p = page + i * 32;

		if (i == __HYPERVISOR_iret)
			*p++ = 0x50; /* push %eax */
		*p++ = 0xb8;
		memcpy(p, &i, 4);
		p += 4;
		*p++ = 0xcd;
		*p++ = VEC_HYPERCALL;
		*p++ = 0xc3;
	}
}

void hypercall_again(struct regs *r)
{
	r->eip -= 2; /* the length of int $0x82 */
}

/*
 * multicall: each entry runs as if the guest had issued it alone. Entries that must not
 * be nested (iret, multicall, plugin_op, and sched_op, which may block) get -EINVAL.
 * After MULTICALL_STRETCH entries the guest issues the multicall again for the rest, so
 * that interrupts are taken. The same happens when an entry asks for a continuation
 * (hypercall_again()): its changed arguments are written back first.
 */
#define MULTICALL_STRETCH 64u

static bool may_be_nested(u32 op)
{
	return op != __HYPERVISOR_iret && op != __HYPERVISOR_multicall &&
	       op != __HYPERVISOR_plugin_op && op != __HYPERVISOR_sched_op &&
	       op != __HYPERVISOR_sched_op_compat;
}

static long multicall_again(struct regs *r, u32 list, u32 nr)
{
	r->ebx = list;
	r->ecx = nr;
	hypercall_again(r);
	return __HYPERVISOR_multicall;
}

static long multicall_entry(struct regs *args, const struct multicall_entry *e)
{
	args->ebx = e->args[0];
	args->ecx = e->args[1];
	args->edx = e->args[2];
	args->esi = e->args[3];
	args->edi = e->args[4];
	args->ebp = e->args[5];
	if (e->op >= NR_HYPERCALLS)
		return -ENOSYS;
	if (!may_be_nested(e->op))
		return -EINVAL;
	return hypercall_table[e->op](args);
}

long do_multicall(struct regs *r)
{
	u32 list = hcall_arg0(r), nr = hcall_arg1(r), i;

	if (nr > 0x10000 || !guest_range_ok(list, nr * sizeof(struct multicall_entry)))
		return nr > 0x10000 ? -EINVAL : -EFAULT;
	for (i = 0; i < nr; i++, list += sizeof(struct multicall_entry)) {
		struct multicall_entry e;
		struct regs args = *r;
		long result;

		if (i == MULTICALL_STRETCH)
			return multicall_again(r, list, nr - i);
		/* An entry whose result cannot be written is not carried out. */
		if (copy_from_guest(&e, list, sizeof(e)) ||
		    put_guest_u32(list + offsetof(struct multicall_entry, result), (u32)e.result))
			return -EFAULT;
		result = multicall_entry(&args, &e);
		if (args.eip != r->eip) { /* the entry called hypercall_again() */
			e.args[0] = args.ebx;
			e.args[1] = args.ecx;
			if (copy_to_guest(list, &e, sizeof(e)))
				return -EFAULT;
			return multicall_again(r, list, nr - i);
		}
		if (put_guest_u32(list + offsetof(struct multicall_entry, result), (u32)result))
			return -EFAULT;
	}
	return 0;
}
