// SPDX-License-Identifier: MIT
/*
 * Claim: mmu_update changes page-table entries, one or a batch, and reports how many it
 * did. It stops at the first invalid request with that request's errno, and keeps
 * accessed and dirty bits where the command says so.
 *
 * Provoked by: mapping spare frames at test pages, batches with an invalid request in
 * the middle, invalid pointers, values, commands and domains.
 *
 * Cannot tell: whether mmu_update flushes the TLB; the ABI leaves that to the guest.
 */
#include <lib/test.h>

#define BATCH 32

static struct mmu_update batch[BATCH + 1];
static u8 *window; /* BATCH pages whose mapping is changed */

/* mmu_update does not flush the guest's TLB, as in Xen: flush afterwards. */
static long update(struct mmu_update *requests, u32 count, u32 *done)
{
	long error = hypercall(mmu_update, requests, count, done, DOMID_SELF);

	check_errno(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0, "flush");
	return error;
}

static u64 slot(u32 n)
{
	return machine_of(l1_entry(window + n * PAGE_SIZE));
}

static void singles(void)
{
	u32 frame = frame_spare(), done = 99;
	struct mmu_update one = { .ptr = slot(0), .val = pte(frame, PTE_WRITABLE) };
	u32 home = frame_of(window);

	*(u32 *)window = 0x11111111;
	check_errno(update(&one, 1, &done), 0, "map");
	check_eq(done, 1, "requests done");
	check_eq(pte_of(window) & ~(PTE_A | PTE_D), pte(frame, PTE_P | PTE_RW), "entry");
	*(u32 *)window = 0x22222222;
	one.val = 0;
	check_errno(update(&one, 1, NULL), 0, "unmap without a count");
	check_eq(probe_read(window, NULL), FAULT(X86_PF, 0), "read of an unmapped page");
	one.val = pte(home, PTE_WRITABLE);
	check_errno(update(&one, 1, NULL), 0, "map back");
	check_eq(*(volatile u32 *)window, 0x11111111, "contents of the first frame");
	one.val = pte(frame, PTE_READONLY);
	check_errno(update(&one, 1, NULL), 0, "map read-only");
	check_eq(*(volatile u32 *)window, 0x22222222, "contents of the second frame");
	check_eq(probe_write(window, 0), FAULT(X86_PF, PF_PRESENT | PF_WRITE),
		 "write to a read-only page");

	/* Bits A and D: MMU_NORMAL_PT_UPDATE overwrites, MMU_PT_UPDATE_PRESERVE_AD keeps them. */
	one.val = pte(home, PTE_P | PTE_RW);
	check_errno(update(&one, 1, NULL), 0, "map without A and D");
	check_eq(pte_of(window) & (PTE_A | PTE_D), 0, "A and D before an access");
	ACCESS_ONCE(*(u32 *)window) = 1;
	check_eq(pte_of(window) & (PTE_A | PTE_D), PTE_A | PTE_D, "A and D after a write");
	one.ptr |= MMU_PT_UPDATE_PRESERVE_AD;
	check_errno(update(&one, 1, NULL), 0, "preserving update");
	check_eq(pte_of(window) & (PTE_A | PTE_D), PTE_A | PTE_D, "A and D preserved");
	one.ptr = slot(0);
	one.val = pte(home, PTE_P | PTE_RW);
	check_errno(update(&one, 1, NULL), 0, "plain update");
	check_eq(pte_of(window) & (PTE_A | PTE_D), 0, "A and D after a plain update");
}

static void batches(void)
{
	u32 i, done = 99;

	for (i = 0; i < BATCH; i++) {
		batch[i].ptr = slot(i);
		batch[i].val = 0;
	}
	check_errno(update(batch, BATCH, &done), 0, "batch of unmaps");
	check_eq(done, BATCH, "requests done");
	for (i = 0; i < BATCH; i++) {
		check_eq(probe_read(window + i * PAGE_SIZE, NULL), FAULT(X86_PF, 0), "page %u", i);
		batch[i].val = pte(frame_of(window + (BATCH - 1 - i) * PAGE_SIZE), PTE_WRITABLE);
	}
	check_errno(update(batch, BATCH, &done), 0, "batch of maps");
	for (i = 0; i < BATCH; i++)
		ACCESS_ONCE(*(u32 *)(window + i * PAGE_SIZE)) = i;
	for (i = 0; i < BATCH; i++)
		batch[i].val = pte(frame_of(window + i * PAGE_SIZE), PTE_WRITABLE);
	check_errno(update(batch, BATCH, &done), 0, "batch back");
	for (i = 0; i < BATCH; i++)
		check_eq(*(volatile u32 *)(window + i * PAGE_SIZE), BATCH - 1 - i, "page %u", i);

	/* The tenth is bad: nine are done, the rest is not looked at. */
	for (i = 0; i < BATCH; i++)
		batch[i].val = pte(frame_of(window + i * PAGE_SIZE), PTE_READONLY);
	batch[9].val = pte(FRAME_NONE, PTE_WRITABLE);
	done = 99;
	check(update(batch, BATCH, &done) < 0, "a batch with a bad value succeeded");
	check_eq(done, 9, "requests done before the bad one");
	check_eq(pte_of(window + 8 * PAGE_SIZE) & PTE_RW, 0, "write right of the ninth");
	check_eq(pte_of(window + 9 * PAGE_SIZE) & PTE_RW, PTE_RW, "write right of the tenth");
	check_eq(pte_of(window + 10 * PAGE_SIZE) & PTE_RW, PTE_RW, "write right of the next");
	check_errno(update(batch, 0, &done), 0, "batch of none");
	for (i = 0; i < BATCH; i++)
		batch[i].val = pte(frame_of(window + i * PAGE_SIZE), PTE_WRITABLE);
	check_errno(update(batch, BATCH, NULL), 0, "batch back");
}

static void refusals(void)
{
	u64 good = slot(0), home = pte(frame_of(window), PTE_WRITABLE);
	struct mmu_update one = { .ptr = good | 7, .val = home };
	volatile u64 *table = l1_entry(window);
	u64 before = pte_of(window);

	check_errno(update(&one, 1, NULL), XEN_ENOSYS, "command 7");
	one.ptr = 0x000ffffffffff000ull;
	check(update(&one, 1, NULL) < 0, "an entry beyond memory was written");
	one.ptr = good;
	one.val = pte(frame_of((void *)((u32)table & ~(PAGE_SIZE - 1))), PTE_WRITABLE);
	check(update(&one, 1, NULL) < 0, "a page table was mapped writable");
	one.val = pte(frame_of((void *)start_info->pt_base), PTE_WRITABLE);
	check(update(&one, 1, NULL) < 0, "the top page table was mapped writable");
	one.val = home | 1ull << 55;
	update(&one, 1, NULL); /* an available bit to some, a reserved one to others */
	one.val = home | 1ull << 51;
	check(update(&one, 1, NULL) < 0, "a frame above 2^39 was mapped");
	one.val = home;
	check_errno(hypercall(mmu_update, &one, 1, 0, 1234), XEN_ESRCH, "domain 1234");
	check_errno(hypercall(mmu_update, 0x1000, 1, 0, DOMID_SELF), XEN_EFAULT,
		    "requests nowhere");
	check_errno(hypercall(mmu_update, 0xfffff000, 1, 0, DOMID_SELF), XEN_EFAULT,
		    "requests in the monitor");
	check(hypercall(mmu_update, &batch[BATCH], 0x10000000, 0, DOMID_SELF) < 0,
	      "an endless batch succeeded");
	one.val = before;
	check_errno(update(&one, 1, NULL), 0, "map back");
	check_eq(pte_of(window) & ~(PTE_A | PTE_D), before & ~(PTE_A | PTE_D),
		 "entry after the refusals");
}

void test_main(void)
{
	window = pages_alloc(BATCH);
	singles();
	batches();
	refusals();
	report_success();
}
