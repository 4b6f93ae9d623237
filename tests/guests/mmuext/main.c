// SPDX-License-Identifier: MIT
/*
 * Claim: mmuext_op flushes, runs batches, counts the commands that it did, and refuses
 * unknown commands and domains and invalid pointers.
 *
 * Provoked by: each command that is not about pinning; batches with an invalid command
 * in the middle.
 *
 * Cannot tell: what a cache flush does.
 */
#include <lib/test.h>

static struct mmuext_op ops[8];

static long run(u32 count, u32 *done)
{
	return hypercall(mmuext_op, ops, count, done, DOMID_SELF);
}

void test_main(void)
{
	static const u32 flushes[] = { MMUEXT_TLB_FLUSH_LOCAL, MMUEXT_TLB_FLUSH_MULTI,
				       MMUEXT_TLB_FLUSH_ALL,   MMUEXT_INVLPG_LOCAL,
				       MMUEXT_INVLPG_MULTI,    MMUEXT_INVLPG_ALL,
				       MMUEXT_FLUSH_CACHE };
	static u32 vcpus[2] = { 1 };
	u8 *page = page_alloc(), *other = page_alloc();
	u32 i, done;

	for (i = 0; i < ARRAY_SIZE(flushes); i++) {
		memset(ops, 0, sizeof(ops));
		ops[0].cmd = flushes[i];
		ops[0].arg1.linear_addr = (u32)page;
		set_xen_guest_handle(ops[0].arg2.vcpumask, vcpus);
		done = 99;
		check_errno(run(1, &done), 0, "command %u", flushes[i]);
		check_eq(done, 1, "operations done");
	}

	/* clear_page and copy_page, on pages without a writable mapping. */
	memset(page, 0x5a, PAGE_SIZE);
	memset(other, 0xa5, PAGE_SIZE);
	check_errno(mmuext(MMUEXT_COPY_PAGE, frame_of(other), frame_of(page)), 0, "copy_page");
	check_eq(*(volatile u32 *)other, 0x5a5a5a5a, "copy");
	check_errno(mmuext(MMUEXT_CLEAR_PAGE, frame_of(other), 0), 0, "clear_page");
	check_eq(*(volatile u32 *)(other + PAGE_SIZE - 4), 0, "cleared page");
	check(mmuext(MMUEXT_CLEAR_PAGE, frame_of((void *)start_info->pt_base), 0) < 0,
	      "a page table was cleared");
	check(mmuext(MMUEXT_COPY_PAGE, frame_of((void *)start_info->pt_base), frame_of(page)) < 0,
	      "a page table was overwritten");
	check(mmuext(MMUEXT_CLEAR_PAGE, FRAME_NONE, 0) < 0, "a frame beyond memory was cleared");

	/* An empty LDT is no LDT. */
	check_errno(mmuext(MMUEXT_SET_LDT, 0, 0), 0, "empty LDT");
	check(mmuext(MMUEXT_SET_LDT, 1, 1) < 0, "an LDT at address 1");
	check(mmuext(MMUEXT_SET_LDT, (u32)page, 8193) < 0, "an LDT of 8193 entries");

	/* Three flushes around an unknown command. */
	memset(ops, 0, sizeof(ops));
	ops[0].cmd = ops[1].cmd = ops[3].cmd = MMUEXT_TLB_FLUSH_LOCAL;
	ops[2].cmd = 77;
	done = 99;
	check_errno(run(4, &done), XEN_ENOSYS, "batch with an unknown command");
	check_eq(done, 2, "operations done before it");
	check_errno(run(0, NULL), 0, "batch of none");
	check_errno(hypercall(mmuext_op, 0x1000, 1, 0, DOMID_SELF), XEN_EFAULT,
		    "operations nowhere");
	check_errno(hypercall(mmuext_op, 0xfffff000, 1, 0, DOMID_SELF), XEN_EFAULT,
		    "operations in the monitor");
	check(hypercall(mmuext_op, ops, 1, 0, 1234) < 0, "domain 1234");
	report_success();
}
