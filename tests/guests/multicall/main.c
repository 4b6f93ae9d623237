// SPDX-License-Identifier: MIT
/*
 * Claim: multicall runs a list of hypercalls and puts each result in its
 * entry; a failing call does not stop the rest; a bad list is -EFAULT.
 *
 * Provoked by: a list of good and bad calls, one nested list, lists at bad
 * addresses and one that runs into a hole, a list of 300 with 600 updates in it.
 *
 * Cannot tell: whether events are delivered between entries; they may not.
 */
#include <lib/test.h>

static multicall_entry_t calls[8];
static multicall_entry_t inner[1];
static multicall_entry_t many[300];
static struct mmu_update requests[600];

/* Lists too long for one part: the monitor continues the hypercall. */
static void long_lists(u32 frame)
{
	u32 i, done = 0;

	for (i = 0; i < ARRAY_SIZE(many); i++) {
		many[i].op = __HYPERVISOR_xen_version;
		many[i].args[0] = i % 2 ? XENVER_pagesize : XENVER_version;
		many[i].result = 0x77777777;
	}
	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		requests[i].ptr = (u64)frame << PAGE_SHIFT | MMU_MACHPHYS_UPDATE;
		requests[i].val = i;
	}
	many[150].op = __HYPERVISOR_mmu_update;
	many[150].args[0] = (u32)requests;
	many[150].args[1] = ARRAY_SIZE(requests);
	many[150].args[2] = (u32)&done;
	many[150].args[3] = DOMID_SELF;
	check_errno(hypercall(multicall, many, ARRAY_SIZE(many)), 0, "list of 300");
	for (i = 0; i < ARRAY_SIZE(many); i++)
		check_eq(many[i].result,
			 i == 150 ? 0 :
			 i % 2	  ? PAGE_SIZE :
				    4 << 16 | 17,
			 "result %u of 300", i);
	check_eq(done, ARRAY_SIZE(requests), "updates done in the list");
	check_eq(m2p(NULL)[frame], ARRAY_SIZE(requests) - 1, "m2p entry");
}

static void entry(u32 n, u32 op, u32 a, u32 b)
{
	memset(&calls[n], 0, sizeof(calls[n]));
	calls[n].op = op;
	calls[n].args[0] = a;
	calls[n].args[1] = b;
	calls[n].result = 0x77777777;
}

/* Calls that change the caller's registers, or wait, are not carried out in a list. */
static void never_nested(void)
{
	static const u32 ops[] = { __HYPERVISOR_iret, __HYPERVISOR_multicall,
				   __HYPERVISOR_plugin_op, __HYPERVISOR_sched_op,
				   __HYPERVISOR_sched_op_compat };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		entry(0, ops[i], SCHEDOP_yield, 0);
		check_errno(hypercall(multicall, calls, 1), 0, "list with hypercall %u", ops[i]);
		check_eq((long)calls[0].result, -XEN_EINVAL, "hypercall %u in a list", ops[i]);
	}
}

void test_main(void)
{
	u8 *pages = pages_alloc(2), *page = page_alloc();
	multicall_entry_t *last = (multicall_entry_t *)(pages + PAGE_SIZE) - 1;
	u32 frame = frame_spare();

	entry(0, __HYPERVISOR_xen_version, XENVER_version, 0);
	entry(1, 63, 0, 0);
	entry(2, __HYPERVISOR_xen_version, 12345, 0);
	entry(3, __HYPERVISOR_update_va_mapping, (u32)page, (u32)pte(frame, PTE_WRITABLE));
	calls[3].args[2] = 0;
	calls[3].args[3] = UVMF_INVLPG;
	entry(4, __HYPERVISOR_xen_version, XENVER_pagesize, 0);
	check_errno(hypercall(multicall, calls, 5), 0, "list of five");
	check_eq(calls[0].result, 4 << 16 | 17, "version");
	check_eq((long)calls[1].result, -XEN_ENOSYS, "hypercall 63");
	check_eq((long)calls[2].result, -XEN_ENOSYS, "version command 12345");
	check_eq(calls[3].result, 0, "update_va_mapping");
	check_eq(calls[4].result, PAGE_SIZE, "pagesize");
	check_eq((pte_of(page) & PTE_FRAME) >> PAGE_SHIFT, frame, "frame mapped by the list");

	check_errno(hypercall(multicall, calls, 0), 0, "empty list");
	check_errno(hypercall(multicall, 0x1000, 0), 0, "empty list nowhere");

	/* A multicall in a multicall is refused, by the outer or the inner result. */
	memset(inner, 0, sizeof(inner));
	inner[0].op = __HYPERVISOR_xen_version;
	inner[0].result = 0x77777777;
	entry(0, __HYPERVISOR_multicall, (u32)inner, 1);
	if (!hypercall(multicall, calls, 1))
		check((long)calls[0].result < 0, "nested list: %ld", (long)calls[0].result);
	check_eq(inner[0].result, 0x77777777, "result in the inner list");

	check_errno(hypercall(multicall, 0x1000, 1), XEN_EFAULT, "list nowhere");
	check_errno(hypercall(multicall, 0xfffff000, 1), XEN_EFAULT, "list in the monitor");
	check(hypercall(multicall, 0xf0000000, 0x7fffffff) < 0, "list over the end");
	/* A list whose second entry is not mapped: -EFAULT, though the first entry may have run. */
	check_errno(page_map(pages + PAGE_SIZE, 0, 0), 0, "unmap");
	memset(last, 0, sizeof(*last));
	last->op = __HYPERVISOR_xen_version;
	check_errno(hypercall(multicall, last, 2), XEN_EFAULT, "list into a hole");
	/* A result that cannot be written. */
	check_errno(page_rights(pages, PTE_READONLY), 0, "make read-only");
	check_errno(hypercall(multicall, last, 1), XEN_EFAULT, "list that cannot be written");
	long_lists(frame);
	if (on_ringfence()) /* a stock Xen lets a list yield */
		never_nested();
	report_success();
}
