// SPDX-License-Identifier: MIT
/*
 * Claim: set_gdt and update_descriptor accept data and code segments of rings 1 and 3,
 * and nothing that opens another way into ring 0: no gates, no system segments, no
 * frames that the guest can write.
 *
 * Provoked by: loading the descriptors that were set, and setting descriptors that must
 * be refused. All code of the test uses the flat selectors meanwhile.
 *
 * Cannot tell: segment limits (guests/segment-limit).
 */
#include <lib/segment.h>
#include <lib/test.h>

#define SLOT 9

static u32 word = 0x600df00d;
static u64 *gdt;

static u32 read_fs(u32 offset)
{
	u32 value;

	asm volatile("movl %%fs:(%1), %0" : "=r"(value) : "r"(offset));
	return value;
}

static fault_t load_fs(u32 selector)
{
	return PROBE("movl %0, %%fs", "r"(selector));
}

static void data_segments(void)
{
	u32 dpl;

	for (dpl = 0; dpl < 4; dpl++) {
		if (dpl == 2)
			continue;
		check_errno(gdt_set(gdt, SLOT,
				    descriptor((u32)&word - 8, 15, DESC_DATA | DESC_DPL(dpl))),
			    0, "data segment of DPL %u", dpl);
		check_eq(load_fs(SELECTOR(SLOT, 1)), 0, "load of DPL %u", dpl);
		check_eq(read_fs(8), word, "word in a segment of DPL %u", dpl);
	}
	check_eq(load_fs(0), 0, "load of the null selector");
	check_errno(gdt_set(gdt, SLOT, 0), 0, "empty descriptor");
	check_eq(load_fs(SELECTOR(SLOT, 1)), FAULT(X86_GP, SELECTOR(SLOT, 0)),
		 "load of an empty descriptor");
	check_errno(
		gdt_set(gdt, SLOT, descriptor(0, 15, (DESC_DATA & ~DESC_PRESENT) | DESC_DPL(1))), 0,
		"absent segment");
	/* #NP, or #GP from a monitor that keeps nothing of an absent segment. */
	check_eq(FAULT_ERROR(load_fs(SELECTOR(SLOT, 1))), SELECTOR(SLOT, 0),
		 "error code of the load of an absent segment");
	check(FAULT_VECTOR(probe_fault) == X86_NP || FAULT_VECTOR(probe_fault) == X86_GP,
	      "vector %u of the load of an absent segment", FAULT_VECTOR(probe_fault));
	check_eq(load_fs(SELECTOR(511, 1)), FAULT(X86_GP, SELECTOR(511, 0)), "load of slot 511");
	check_eq(load_fs(SELECTOR(600, 1)), FAULT(X86_GP, SELECTOR(600, 0)),
		 "load beyond the table");
	check_eq(load_fs(FLAT_RING1_DS), 0, "load of the flat segment");
}

static u32 far_cs;

static bool note_cs(struct regs *regs)
{
	far_cs = regs->cs;
	return true;
}

static void code_segment(void)
{
	check_errno(gdt_set(gdt, SLOT, descriptor(0, 0xf57fffff, DESC_CODE | DESC_DPL(1))), 0,
		    "code segment");
	trap_handle(X86_BP, note_cs);
	asm volatile("ljmp %0, $1f\n1: int3\n ljmp %1, $1f\n1:"
		     :
		     : "i"(SELECTOR(SLOT, 1)), "i"(FLAT_RING1_CS)
		     : "memory");
	check_eq(far_cs, SELECTOR(SLOT, 1), "cs of a trap in an own code segment");
	/* The segment is valid as the code segment of a trap handler as well. */
	check_errno(trap_set(X86_BP, 3, SELECTOR(SLOT, 1), trap_entries[X86_BP]), 0, "trap table");
	far_cs = 0;
	asm volatile("int3" ::: "memory");
	check_eq(far_cs, FLAT_RING1_CS, "cs of a trap with a handler in an own segment");
	trap_init();
	trap_handle(X86_BP, NULL);
}

static void refuse(u64 value, const char *what)
{
	check(gdt_set(gdt, SLOT, value) < 0, "%s was accepted", what);
	check_eq(gdt[SLOT], 0, "slot after the refusal of %s", what);
}

static void refusals(void)
{
	u32 type, dpl;
	u8 *page = page_alloc();

	check_errno(gdt_set(gdt, SLOT, 0), 0, "empty descriptor");
	/* Every system type except the reserved one, call gates to the kernel among them. */
	for (type = 1; type < 16; type++) {
		u64 gate = (u64)((FLAT_RING1_CS & ~3u) << 16 | 0x1000) |
			   (u64)(0xc0100000 | DESC_PRESENT | DESC_DPL(3) | type << 8) << 32;

		/* Xen accepts call gates after a check; Ringfence refuses all. */
		if (!on_ringfence() && (type & 7) == 4)
			continue;
		refuse(gate, "a system descriptor");
	}
	if (on_ringfence()) {
		for (dpl = 0; dpl < 2; dpl++)
			refuse(descriptor(0, 0xfff, DESC_DATA | DESC_EXPAND_DOWN | DESC_DPL(dpl)),
			       "an expand-down segment of the kernel");
		refuse(descriptor(0, 0xfff, DESC_DATA | DESC_DPL(2)), "a segment of ring 2");
		refuse(descriptor(0, 0xfff, DESC_CODE | DESC_DPL(2)), "a code segment of ring 2");
	}

	check_errno(update_descriptor(machine_of(&gdt[SLOT]) + 4, 0), XEN_EINVAL,
		    "descriptor at an odd place");
	check(update_descriptor(machine_of((void *)start_info->pt_base), 0) < 0,
	      "a descriptor was written into a page table");
	check(update_descriptor((u64)FRAME_NONE << PAGE_SHIFT, 0) < 0,
	      "a descriptor was written beyond memory");
	check(update_descriptor(0x100000, 0) < 0, "a descriptor was written at 1 MiB");
	check(page_rights(gdt, PTE_WRITABLE) < 0, "the GDT was mapped writable");
	check_eq(probe_write(gdt, 0), FAULT(X86_PF, PF_PRESENT | PF_WRITE), "write to the GDT");

	{
		unsigned long frames[14] = { frame_of(page) };

		check(hypercall(set_gdt, frames, 512) < 0, "a writable page became the GDT");
		frames[0] = FRAME_NONE;
		check(hypercall(set_gdt, frames, 512) < 0, "a GDT beyond memory");
		frames[0] = 0x100;
		check(hypercall(set_gdt, frames, 512) < 0, "a GDT at 1 MiB");
		check_errno(hypercall(set_gdt, frames, 14 * 512 + 1), XEN_EINVAL,
			    "a GDT over the monitor's slots");
		check_errno(hypercall(set_gdt, frames, ~0u), XEN_EINVAL, "a GDT without end");
		check_errno(hypercall(set_gdt, 0x1000, 512), XEN_EFAULT, "frames nowhere");
		check_errno(hypercall(set_gdt, 0xfffff000, 512), XEN_EFAULT,
			    "frames in the monitor");
		/* A page with one bad descriptor among 512. */
		*(u64 *)(page + 100 * 8) = (u64)(DESC_PRESENT | 0x200) << 32; /* LDT */
		check_errno(page_rights(page, PTE_READONLY), 0, "made read-only");
		frames[0] = frame_of(page);
		check(hypercall(set_gdt, frames, 512) < 0, "a GDT with an LDT in it");
		check_errno(page_rights(page, PTE_WRITABLE), 0, "writable after the refusal");
	}
	/* The old table is in force. */
	check_errno(gdt_set(gdt, SLOT, descriptor((u32)&word, 3, DESC_DATA | DESC_DPL(1))), 0,
		    "data segment");
	check_eq(load_fs(SELECTOR(SLOT, 1)), 0, "load after the refusals");
	check_eq(read_fs(0), word, "word after the refusals");
	load_fs(FLAT_RING1_DS);
}

void test_main(void)
{
	gdt = gdt_load();
	data_segments();
	code_segment();
	refusals();
	/* Without a table the flat selectors stay valid, and the page can be made writable. */
	check_errno(hypercall(set_gdt, 0, 0), 0, "no GDT");
	check_eq(load_fs(SELECTOR(SLOT, 1)), FAULT(X86_GP, SELECTOR(SLOT, 0)),
		 "load without a GDT");
	check_eq(load_fs(FLAT_RING1_DS), 0, "load of the flat segment");
	check_errno(page_rights(gdt, PTE_WRITABLE), 0, "the page made writable");
	report_success();
}
