// SPDX-License-Identifier: MIT
/*
 * Claim: the domain builder starts a guest as Xen's x86_32 ABI says: registers,
 * start_info, p2m, page tables, their order in memory and their rights.
 *
 * Provoked by: being booted with a command line and without a module. The test reads
 * every entry of the boot mapping in the page tables themselves.
 *
 * Cannot tell: whether the frames are RAM that no other party has.
 */
#include <lib/test.h>

extern char image_start[], image_end[];

static u32 zeroed[4 * PAGE_SIZE / 4];
static u32 initialised = 0x12345678;

static void check_registers(void)
{
	check_eq(boot_regs.cs, FLAT_RING1_CS, "cs");
	check_eq(boot_regs.ss, FLAT_RING1_SS, "ss");
	check_eq(boot_regs.ds, FLAT_RING1_DS, "ds");
	check_eq(boot_regs.es, FLAT_RING1_DS, "es");
	check_eq(boot_regs.fs, FLAT_RING1_DS, "fs");
	check_eq(boot_regs.gs, FLAT_RING1_DS, "gs");
	check(boot_regs.eflags & EFLAGS_IF, "interrupts are off in eflags %x", boot_regs.eflags);
	check_eq(boot_regs.eflags & (EFLAGS_IOPL | EFLAGS_DF | EFLAGS_TF | EFLAGS_NT), 0,
		 "eflags bits that have to be clear");
	check_eq(boot_regs.esi & (PAGE_SIZE - 1), 0, "offset of start_info in its page");
	check_eq(boot_regs.eax | boot_regs.ebx | boot_regs.ecx | boot_regs.edx | boot_regs.edi |
			 boot_regs.ebp,
		 0, "or of the other registers");
}

static void check_start_info(void)
{
	const struct start_info *si = start_info;

	check(!strncmp(si->magic, "xen-3.0-x86_32p", 16), "magic is '%.32s'", si->magic);
	check(si->nr_pages >= 1024, "nr_pages is %lu", si->nr_pages);
	check_eq(si->flags & (SIF_PRIVILEGED | SIF_INITDOMAIN), SIF_PRIVILEGED | SIF_INITDOMAIN,
		 "flags");
	check_eq(si->shared_info & (PAGE_SIZE - 1), 0, "offset in page of shared_info");
	check_eq(si->mod_start, 0, "mod_start without a module");
	check_eq(si->mod_len, 0, "mod_len without a module");
	check(strstr((const char *)si->cmd_line, "alpha=1 beta"), "command line is '%s'",
	      si->cmd_line);
}

static void check_layout(void)
{
	const struct start_info *si = start_info;
	u32 kernel_end = (u32)image_end;
	u32 p2m_end = si->mfn_list + si->nr_pages * 4;
	u32 pt_end = si->pt_base + si->nr_pt_frames * PAGE_SIZE;

	check(si->mfn_list >= kernel_end, "p2m %lx begins inside the kernel", si->mfn_list);
	check((u32)si >= p2m_end, "start_info %p begins inside the p2m", si);
	check(si->pt_base >= (u32)si + PAGE_SIZE, "page tables %lx begin inside start_info",
	      si->pt_base);
	check_eq(si->pt_base & (PAGE_SIZE - 1), 0, "offset of pt_base in its page");
	check(si->nr_pt_frames >= 3, "%lu page-table frames", si->nr_pt_frames);
	check_eq(boot_regs.esp, pt_end + PAGE_SIZE, "top of the boot stack");
}

static void check_mapping(void)
{
	u32 end = (boot_regs.esp + (512 << 10) + (4 << 20) - 1) & ~((4u << 20) - 1);
	u32 pt_start = start_info->pt_base;
	u32 pt_end = pt_start + start_info->nr_pt_frames * PAGE_SIZE;
	u32 va, found = 0;

	for (va = VIRT_BASE; va < boot_regs.esp; va += PAGE_SIZE) {
		u64 entry = pte_of((void *)va);
		bool table = va >= pt_start && va < pt_end;

		if (!check(entry & PTE_P, "%x is not mapped", va))
			return;
		/* The library has mapped shared_info over one page of the image. */
		if (va != (u32)&shared_info)
			check_eq((entry & PTE_FRAME) >> PAGE_SHIFT, frame_of((void *)va),
				 "frame of %x", va);
		check_eq(!!(entry & PTE_RW), !table, "write right of %x", va);
		/* A stock Xen emulates such writes; on Ringfence they must fault. */
		if (table && on_ringfence() &&
		    probe_write((void *)va, 0) != FAULT(X86_PF, PF_PRESENT | PF_WRITE))
			report_failure("a page table at %x can be written", va);
	}
	for (va = boot_regs.esp; va < end; va += PAGE_SIZE)
		found += !!(pte_of((void *)va) & PTE_P);
	/* At least 512 KiB of spare mapping after the stack. */
	check(found >= 128, "only %u pages are mapped after the boot stack", found);
}

static void check_p2m(void)
{
	u32 pfn, previous = ~0u, frame;

	for (pfn = 0; pfn < start_info->nr_pages; pfn++) {
		frame = frame_of_pfn(pfn);
		check(frame != previous, "p2m[%u] and its predecessor are both %x", pfn, frame);
		check(m2p(NULL)[frame] == pfn, "m2p[p2m[%x]] is %x", pfn, m2p(NULL)[frame]);
		previous = frame;
	}
}

static void check_hypercall_page(void)
{
	u32 nr;

	for (nr = 0; nr < 32; nr++)
		check((u8)hypercall_page[nr * HYPERCALL_SLOT] != 0xcc,
		      "hypercall slot %u was not filled in", nr);
}

void test_main(void)
{
	u32 i;

	check_registers();
	check_start_info();
	check_layout();
	for (i = 0; i < ARRAY_SIZE(zeroed); i++)
		if (!check_eq(zeroed[i], 0, "bss word %u", i))
			break;
	check_eq(initialised, 0x12345678, "initialised data");
	check_hypercall_page();
	check_mapping();
	check_p2m();
	check_eq(vcpu0.evtchn_upcall_mask, 1, "upcall mask at the start");
	report_success();
}
