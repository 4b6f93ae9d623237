// SPDX-License-Identifier: MIT
/*
 * The hypercall table and page, and multicall: which entries run, in which order and with
 * which registers, the result of each, and how a list is continued.
 *
 * Cannot tell: that the guest gets the registers back; guests/multicall does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/domain.h>
#include <hv/hypercall.h>
#include <hv/layout.h>
#include <hv/trace.h>
#include "../../hv/include/public/plugin_op.h"

#include "check.h"
#include "fake_cpu.h"

#define STRETCH 64u
#define EIP	0x1000u

/* ---- the rest of the monitor ---- */

bool trace_on;
static u32 traced;
static u32 ran, last_nr; /* number of hypercalls that ran; which one was the last */
static struct regs last;
static void *take_away; /* page that the next hypercall unmaps */
static u32 again_at;	/* the entry that asks to be issued again, from 1 */
static struct multicall_entry list[0x10001 + 1];

void trace_record(enum trace_kind kind, u32 a, u32 b, u32 c)
{
	CHECK(kind == TRACE_HYPERCALL && a == 1 && b == 2 && c == 3);
	traced++;
}

static long hypercall(u32 nr, struct regs *r)
{
	ran++;
	last_nr = nr;
	last = *r;
	if (take_away)
		CHECK(!mprotect(take_away, 4096, PROT_READ));
	if (ran == again_at) {
		r->ebx += 100;
		r->ecx += 200;
		r->edx += 300;
		hypercall_again(r);
	}
	return (long)(1000 + nr);
}

/* Fake hypercalls. Weak: the tested file entry/hypercall.c defines do_multicall(). */
#define HYPERCALL(name, args, what)                          \
	long __attribute__((weak)) do_##name(struct regs *r) \
	{                                                    \
		return hypercall(__HYPERVISOR_##name, r);    \
	}
#include "../../hv/entry/hypercall_list.h"
#undef HYPERCALL

/* ---- the test ---- */

static u32 rest, handed; /* list and number that a continued one goes on with */

static long multicall(u32 at, u32 nr)
{
	struct regs r = { .ebx = at, .ecx = nr, .eip = EIP, .edx = 77, .eax = 88 };
	long result = do_multicall(&r);

	CHECK(r.edx == 77 && r.eax == 88);
	CHECK(r.eip == EIP || (r.eip == EIP - 2 && result == __HYPERVISOR_multicall));
	rest = r.eip == EIP ? 0 : r.ebx;
	handed = r.eip == EIP ? 0 : r.ecx;
	if (r.eip == EIP)
		CHECK(r.ebx == at && r.ecx == nr);
	return result;
}

static void fill(u32 nr, u32 op)
{
	u32 i, n;

	memset(list, 0xee, sizeof(list));
	for (i = 0; i < nr; i++) {
		list[i].op = op;
		for (n = 0; n < 6; n++)
			list[i].args[n] = i * 16 + n;
	}
	ran = again_at = 0;
}

/* Each hypercall number in a multicall: does a function run, and what is the result? */
static void numbers(void)
{
	static const bool listed[NR_HYPERCALLS] = {
#define HYPERCALL(name, args, what) [__HYPERVISOR_##name] = true,
#include "../../hv/entry/hypercall_list.h"
#undef HYPERCALL
	};
	u32 op;

	for (op = 0; op < NR_HYPERCALLS + 2; op++) {
		bool refused = op == __HYPERVISOR_iret || op == __HYPERVISOR_multicall ||
			       op == __HYPERVISOR_plugin_op || op == __HYPERVISOR_sched_op ||
			       op == __HYPERVISOR_sched_op_compat;
		long want = refused			     ? -EINVAL :
			    op < NR_HYPERCALLS && listed[op] ? (long)(1000 + op) :
							       -ENOSYS;

		fill(1, op);
		CHECK(multicall((u32)list, 1) == 0, "op %u", op);
		CHECK((long)list[0].result == want, "op %u: %ld", op, (long)list[0].result);
		CHECK(ran == (want >= 0), "op %u", op);
		if (want < 0)
			continue;
		CHECK(last_nr == op && last.ebx == 0 && last.ecx == 1 && last.edx == 2);
		CHECK(last.esi == 3 && last.edi == 4 && last.ebp == 5 && last.eip == EIP);
	}
	fill(1, ~0u);
	CHECK(multicall((u32)list, 1) == 0 && (long)list[0].result == -ENOSYS);
}

/* Lists of up to STRETCH entries are done at once, longer ones are continued. */
static void lengths(void)
{
	static const u32 sizes[] = { 0,	      1,	   2,		STRETCH - 1,
				     STRETCH, STRETCH + 1, 3 * STRETCH, 0x10000 };
	u32 i, n;

	for (n = 0; n < ARRAY_SIZE(sizes); n++) {
		u32 nr = sizes[n], at = (u32)list, left = nr;

		fill(nr, __HYPERVISOR_console_io);
		while (left > STRETCH) {
			CHECK(multicall(at, left) == __HYPERVISOR_multicall, "of %u", nr);
			CHECK(rest == at + STRETCH * sizeof(list[0]), "of %u: %x", nr, rest);
			CHECK(handed == left - STRETCH, "of %u: %u", nr, handed);
			at = rest;
			left = handed;
		}
		CHECK(multicall(at, left) == 0 && ran == nr, "of %u: %u", nr, ran);
		for (i = 0; i < nr; i++)
			CHECK(list[i].result == 1000 + __HYPERVISOR_console_io, "%u of %u", i, nr);
		CHECK(list[nr].result == 0xeeeeeeee, "one more than %u", nr);
	}
	fill(1, __HYPERVISOR_console_io);
	CHECK(multicall((u32)list, 0x10001) == -EINVAL && !ran);
	CHECK(multicall((u32)list, ~0u) == -EINVAL && !ran);
	CHECK(multicall(HV_VIRT_START, 0x10001) == -EINVAL && !ran);
	CHECK(multicall(HV_VIRT_START, 0x10000) == -EFAULT && !ran);
	/* The product wraps to a size that would fit: the number is refused first. */
	CHECK(multicall((u32)list, 0x80000000) == -EINVAL && !ran);
	CHECK(multicall(HV_VIRT_START, 0) == 0 && multicall(HV_VIRT_START + 1, 0) == -EFAULT);
	CHECK(multicall(HV_VIRT_START - sizeof(list[0]) + 1, 1) == -EFAULT);
	CHECK(multicall(HV_VIRT_START - sizeof(list[0]), 2) == -EFAULT && !ran);
}

/* An entry that asks for a continuation is issued again, with its remaining arguments. */
static void continued(void)
{
	u32 at;

	for (at = 1; at <= 3; at++) {
		struct multicall_entry *e = list + at - 1;

		fill(3, __HYPERVISOR_mmu_update);
		again_at = at;
		CHECK(multicall((u32)list, 3) == __HYPERVISOR_multicall && ran == at);
		CHECK(rest == (u32)e && handed == 3 - (at - 1));
		CHECK(e->args[0] == (at - 1) * 16 + 100 && e->args[1] == (at - 1) * 16 + 201);
		CHECK(e->args[2] == (at - 1) * 16 + 2 && e->result == 0xeeeeeeee);
		CHECK(multicall(rest, handed) == 0 && ran == 4);
		CHECK(list[2].result == 1000 + __HYPERVISOR_mmu_update);
	}
}

/* Entries that cannot be read, or whose result cannot be written. */
static void memory(void)
{
	static u8 pages[3 * 4096] __aligned(4096);
	struct multicall_entry *e = (void *)(pages + 4096), one = list[0];
	u32 i;

	one.op = __HYPERVISOR_console_io;
	ran = again_at = 0;
	/* The second entry cannot be read: the first has run. */
	e[-1] = e[0] = one;
	CHECK(!mprotect(e, 4096, PROT_NONE));
	CHECK(multicall((u32)(e - 1), 2) == -EFAULT && ran == 1);
	CHECK(e[-1].result == 1000 + __HYPERVISOR_console_io);
	/* The second entry can be read, but not written: the second call does not run. */
	CHECK(!mprotect(e, 4096, PROT_READ));
	CHECK(multicall((u32)(e - 1), 2) == -EFAULT && ran == 2);
	/* The entry ends on an unmapped page, which has its arguments: the call does not run. */
	CHECK(!mprotect(e, 8192, PROT_READ | PROT_WRITE));
	memcpy((u8 *)e + 4096 - 8, &one, sizeof(one));
	CHECK(!mprotect((u8 *)e + 4096, 4096, PROT_NONE));
	ran = 0;
	CHECK(multicall((u32)e + 4096 - 8, 1) == -EFAULT && !ran);
	/* The call itself unmaps its entry: once when it is done, once when it is to be continued. */
	for (i = 0; i < 2; i++) {
		CHECK(!mprotect(e, 4096, PROT_READ | PROT_WRITE));
		e[0] = e[1] = one;
		ran = 0;
		again_at = i;
		take_away = e;
		CHECK(multicall((u32)e, 1) == -EFAULT && ran == 1, "%u", i);
		take_away = NULL;
	}
	CHECK(!mprotect(pages, sizeof(pages), PROT_READ | PROT_WRITE)); /* LeakSanitizer reads it */
}

/* Each slot of the hypercall page, 32 bytes: mov $nr, %eax; int $0x82; ret. */
static void page(void)
{
	static u8 made[4096 + 1];
	u8 want[32];
	u32 i, at;

	made[4096] = 0x5a;
	hypercall_page_fill(made);
	for (i = 0; i < 128; i++) {
		memset(want, 0xcc, sizeof(want));
		at = 0;
		if (i == __HYPERVISOR_iret)
			want[at++] = 0x50;
		memcpy(want + at, (u8[]){ 0xb8, (u8)i, 0, 0, 0, 0xcd, VEC_HYPERCALL, 0xc3 }, 8);
		CHECK(!memcmp(made + 32 * i, want, 32), "stub %u", i);
	}
	CHECK(made[4096] == 0x5a);
}

void trace_hypercall(const struct regs *r);

static void tracing(void)
{
	struct regs r = { .eax = 1, .ebx = 2, .ecx = 3 };

	trace_hypercall(&r);
	CHECK(!traced);
	trace_on = true;
	trace_hypercall(&r);
	CHECK(traced == 1);
	trace_on = false;
}

int main(void)
{
	fake_cpu_init();
	numbers();
	lengths();
	continued();
	memory();
	page();
	tracing();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
