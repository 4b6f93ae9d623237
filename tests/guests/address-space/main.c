// SPDX-License-Identifier: MIT
/*
 * Claim: a guest can build a second address space, pin it, switch to it, change it while
 * another is in use, and take it down. MMUEXT_NEW_BASEPTR accepts only
 * top-level tables. The tables in use cannot be taken down.
 *
 * Provoked by: an L3 with an L2 of its own for the kernel's part, and a page at
 * 0x10000000 that the first address space does not map.
 *
 * Cannot tell: which translations stay in the TLB across the switch, except for one
 * address.
 */
#include <lib/test.h>

#define EXTRA ((volatile u32 *)0x10000000)

static u64 *l3, *l2_kernel, *l2_low, *l1_low;
static u32 boot_l3;

static void copy_kernel_l2(void)
{
	volatile u64 *boot = l2_entry((void *)VIRT_BASE);
	u32 i;

	/* The slots from 428 up are the monitor's, and are not filled by the guest. */
	for (i = 0; i < 428; i++)
		l2_kernel[i] = boot[i];
}

static void seal(u64 *table)
{
	require(!page_rights(table, PTE_READONLY), "a page cannot be made read-only");
}

static void unseal(u64 *table)
{
	check_errno(page_rights(table, PTE_WRITABLE), 0, "a former table made writable");
}

void test_main(void)
{
	u32 data = frame_of(page_alloc()), i;
	long error;

	boot_l3 = frame_of((void *)start_info->pt_base);
	l3 = page_alloc();
	l2_kernel = page_alloc();
	l2_low = page_alloc();
	l1_low = page_alloc();
	*(u32 *)page_of_frame(data) = 0xdada;

	copy_kernel_l2();
	l1_low[0] = pte(data, PTE_WRITABLE);
	l2_low[(u32)EXTRA >> 21 & 511] = pte(frame_of(l1_low), PTE_P | PTE_RW | PTE_A);
	l3[0] = pte(frame_of(l2_low), PTE_P);
	l3[3] = pte(frame_of(l2_kernel), PTE_P);
	seal(l1_low);
	seal(l2_low);
	seal(l2_kernel);
	seal(l3);

	check_eq(probe_read((void *)EXTRA, NULL), FAULT(X86_PF, 0), "extra page before");
	error = mmuext(MMUEXT_PIN_L3_TABLE, frame_of(l3), 0);
	require(!error, "an address space cannot be pinned: %ld", error);
	check(page_rights(l2_kernel, PTE_WRITABLE) < 0, "an L2 in use was mapped writable");
	for (i = 0; i < 3; i++) {
		check_errno(mmuext(MMUEXT_NEW_BASEPTR, frame_of(l3), 0), 0, "switch");
		check_eq(*EXTRA, 0xdada, "extra page in the second space");
		*EXTRA = 0xdada;
		check_errno(mmuext(MMUEXT_NEW_BASEPTR, boot_l3, 0), 0, "switch back");
		check_eq(probe_read((void *)EXTRA, NULL), FAULT(X86_PF, 0),
			 "extra page in the first space");
	}
	/*
	 * An entry changed while the other address space is in use has changed after the switch
	 * back.
	 */
	check_errno(mmu_update_one(machine_of(l1_low), 0), 0, "unmap from outside");
	check_errno(mmuext(MMUEXT_NEW_BASEPTR, frame_of(l3), 0), 0, "switch");
	check_eq(probe_read((void *)EXTRA, NULL), FAULT(X86_PF, 0), "extra page unmapped");
	/* update_va_mapping works on the space that is running. */
	check_errno(update_va_mapping(EXTRA, pte(data, PTE_WRITABLE), UVMF_INVLPG), 0, "map");
	check_eq(*EXTRA, 0xdada, "extra page mapped again");
	/* The running space stays validated without a pin: the base holds a reference. */
	check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(l3), 0), 0, "unpin while it runs");
	check_eq(*EXTRA, 0xdada, "extra page of an unpinned space");
	check(page_rights(l3, PTE_WRITABLE) < 0, "the running L3 was mapped writable");
	check_errno(mmuext(MMUEXT_NEW_BASEPTR, boot_l3, 0), 0, "switch back");

	/* No table is in use any more, so all can be made writable. */
	unseal(l3);
	unseal(l2_kernel);
	unseal(l2_low);
	unseal(l1_low);

	check(mmuext(MMUEXT_NEW_BASEPTR, frame_of(l3), 0) < 0, "switch to an ordinary page");
	check(mmuext(MMUEXT_NEW_BASEPTR, FRAME_NONE, 0) < 0, "switch to beyond memory");
	check(mmuext(MMUEXT_NEW_BASEPTR,
		     (u32)((*l2_entry((void *)VIRT_BASE) & PTE_FRAME) >> PAGE_SHIFT), 0) < 0,
	      "switch to an L1 table");

	/* The kernel's L2 may not be missing. */
	memset(l3, 0, PAGE_SIZE);
	seal(l3);
	check(mmuext(MMUEXT_PIN_L3_TABLE, frame_of(l3), 0) < 0,
	      "a space without the monitor was pinned");
	unseal(l3);
	/* Bits that an L3 entry has not. */
	l3[3] = pte(frame_of(l2_kernel), PTE_P | PTE_RW);
	seal(l2_kernel);
	seal(l3);
	if (!mmuext(MMUEXT_PIN_L3_TABLE, frame_of(l3), 0)) {
		check_errno(mmuext(MMUEXT_UNPIN_TABLE, frame_of(l3), 0), 0, "unpin");
		check(!on_ringfence(), "a reserved bit of an L3 entry was accepted");
	}
	unseal(l3);
	unseal(l2_kernel);
	report_success();
}
