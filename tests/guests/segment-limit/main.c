// SPDX-License-Identifier: MIT
/*
 * Claim: no segment that ring 1 can load reaches beyond the m2p. The flat segments end
 * there, and other descriptors are clamped, whatever their base and limit. Where the
 * machine enforces limits, an access behind the limit is #GP.
 *
 * Provoked by: asking the CPU for the limit (lsl) of descriptors with bases and limits
 * of every kind; accesses behind the limit if the monitor says that the machine enforces
 * limits.
 *
 * Cannot tell: on an engine that does not enforce limits, whether they hold.
 */
#include <lib/segment.h>
#include <lib/test.h>

#define END 0xf6800000u /* first byte behind the guest's segments */

static u64 *gdt;

static void check_reach(u32 base, u32 limit, u32 dpl)
{
	u32 got;

	if (!check_errno(gdt_set(gdt, 5, descriptor(base, limit, DESC_DATA | DESC_DPL(dpl))), 0,
			 "segment %x+%x of DPL %u", base, limit, dpl))
		return;
	if (!segment_limit(SELECTOR(5, 1), &got))
		return; /* the segment cannot be loaded: no access at all */
	/* A segment whose base lies behind the end may keep one byte at address 0. */
	check(got == 0 || (u64)base + got < END, "segment %x+%x of DPL %u has the limit %x", base,
	      limit, dpl, got);
	if (base < END && (u64)base + limit < END)
		check_eq(got, limit, "limit of a harmless segment at %x", base);
}

static bool limits_enforced(void)
{
	struct plugin_info info = { .size = sizeof(info) };

	return !hypercall(plugin_op, PLUGINOP_info, &info) && info.enforces & PLUGIN_ENFORCES_LIMIT;
}

static void accesses(void)
{
	u32 value;
	fault_t fault;

	/* The m2p is as long as memory is: at its end there may be no page. */
	check(FAULT_VECTOR(probe_read((void *)(END - 4), NULL)) != X86_GP,
	      "the last word below the end is behind the limit");
	check_eq(probe_read((void *)END, NULL), FAULT(X86_GP, 0), "read behind the end");
	check_eq(probe_read((void *)(END - 2), NULL), FAULT(X86_GP, 0), "read across the end");
	check_eq(probe_read((void *)0xfffffffc, NULL), FAULT(X86_GP, 0), "read of the last word");
	check_eq(probe_read((void *)0xffffffff, NULL), FAULT(X86_GP, 0), "read that wraps");
	check_eq(probe_write((void *)0xfc000000, 0), FAULT(X86_GP, 0), "write to the monitor");
	check_eq(probe_call((void *)END), FAULT(X86_GP, 0), "fetch behind the end");

	/* The same through a segment with another base. */
	gdt_set(gdt, 5, descriptor(0xf0000000, 0xffffffff, DESC_DATA | DESC_DPL(3)));
	asm volatile("movl %0, %%fs" : : "r"(SELECTOR(5, 1)));
	fault = PROBE_IO("movl %%fs:0x6800000, %0", "=r"(value));
	check_eq(fault, FAULT(X86_GP, 0), "read through a segment at f0000000");
	fault = PROBE_IO("movl %%fs:-4, %0", "=r"(value));
	check_eq(fault, FAULT(X86_GP, 0), "read below a segment at f0000000");
	asm volatile("movl %0, %%fs" : : "r"(FLAT_RING1_DS));
}

void test_main(void)
{
	static const u32 bases[] = { 0,	      1,   0x1000,     0xc0000000, 0xf5800000,
				     END - 1, END, 0xfc000000, 0xffffffff };
	static const u32 limits[] = { 0,	  0xfff,      0xfffff,	  0x5ffffff,
				      0xf57fffff, 0xf67fffff, 0xf6800fff, 0xffffffff };
	static const u32 flat[] = { FLAT_RING1_CS, FLAT_RING1_DS, FLAT_RING3_CS, FLAT_RING3_DS };
	u32 i, j, limit;

	if (!on_ringfence()) {
		report_skip("a 64-bit Xen does without segment limits");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(flat); i++) {
		check(segment_limit(flat[i], &limit), "selector %x has no limit", flat[i]);
		check_eq(limit, END - 1, "limit of selector %x", flat[i]);
	}
	gdt = gdt_load();
	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (j = 0; j < ARRAY_SIZE(limits); j++) {
			check_reach(bases[i], limits[j], 1);
			check_reach(bases[i], limits[j], 3);
		}
	if (limits_enforced())
		accesses();
	else
		print("segment limits are not enforced here: only the descriptors were looked at\n");
	report_success();
}
