// SPDX-License-Identifier: MIT
/*
 * The paging hypercalls one by one: the result of each kind of valid and invalid argument,
 * and the contents of the table afterwards. paging_test.c checks that no sequence of calls
 * breaks an invariant; this test checks that the results are the specified ones.
 */
#include "guest_faults.h"

#include "paging_calls.h"

/* ---- one entry ---- */

static void l1_entries(void)
{
	u64 high = 1ull << 35;

	CHECK(set(AT(L1, 0), mfn_pte(DATA, RW | PTE_US | PTE_NX)), 0);
	CHECK(ENTRY(L1, 0), mfn_pte(DATA, RW | PTE_US | PTE_NX));
	CHECK(set(AT(L1, 1), mfn_pte(DATA, PTE_P | PTE_G)), 0);
	CHECK(ENTRY(L1, 1), mfn_pte(DATA, PTE_P));

	/* The owner of the frame. */
	CHECK(set(AT(L1, 2), mfn_pte(MONITOR_FRAME, PTE_P)), -EPERM);
	CHECK(set(AT(L1, 2), mfn_pte(MONITOR_FRAME, RW)), -EPERM);
	CHECK(set(AT(L1, 2), mfn_pte(SHARED_FRAME, RW)), 0);
	CHECK(set(AT(L1, 2), mfn_pte(DEVICE_FRAME, RW | PTE_PCD | PTE_PWT)), 0);
	CHECK(set(AT(L1, 2), mfn_pte(NR_FRAMES, RW)), 0);
	CHECK(set(AT(L1, 2), mfn_pte(0xfee00, RW)), -EPERM);
	CHECK(set(AT(L1, 2), mfn_pte(0xfec00, PTE_P)), -EPERM);
	CHECK(set(AT(L1, 2), mfn_pte(0xfed00, PTE_P)), -EPERM);
	/* Only the low 32 bits look like an entry with a monitor's or a data frame. */
	CHECK(set(AT(L1, 2), high | mfn_pte(MONITOR_FRAME, RW)), 0);
	CHECK(set(AT(L1, 2), high | mfn_pte(L1, RW | PTE_PCD)), 0);
	CHECK(set(AT(L1, 2), mfn_pte(DATA, RW)), 0);

	/* The bits of the entry. */
	CHECK(set(AT(L1, 3), mfn_pte(DATA, PTE_P | PTE_PS)), -EINVAL);
	CHECK(set(AT(L1, 3), mfn_pte(DATA, PTE_P | 1ull << 52)), -EINVAL);
	CHECK(set(AT(L1, 3), mfn_pte(DATA, PTE_P | 1ull << 40)), -EINVAL);
	CHECK(set(AT(L1, 3), mfn_pte(DATA, PTE_P | PTE_PCD)), -EINVAL);
	CHECK(set(AT(L1, 3), mfn_pte(DATA, PTE_P | PTE_PWT)), -EINVAL);
	CHECK(set(AT(L1, 3), 0xfffffffffffffffeull), 0);
	CHECK(set(AT(L1, 3), 0), 0);
	/* The same reference as before, but an illegal bit. */
	CHECK(set(AT(L1, 0), mfn_pte(DATA, RW | PTE_PS)), -EINVAL);
	CHECK(ENTRY(L1, 0), mfn_pte(DATA, RW | PTE_US | PTE_NX));

	/* The type of the frame. */
	CHECK(set(AT(L1, 3), mfn_pte(L1, RW)), -EBUSY);
	CHECK(set(AT(L1, 3), mfn_pte(TOP, RW)), -EBUSY);
	CHECK(set(AT(L1, 3), mfn_pte(L3, PTE_P)), 0);
	CHECK(set(AT(L1, 3), mfn_pte(L3, RW)), -EBUSY);
	CHECK(set(AT(L1, 3), 0), 0);
	held_typed[SPARE]++;
	CHECK(frame_get_type(SPARE, TYPE_DESC), 0);
	CHECK(set(AT(L1, 3), mfn_pte(SPARE, RW)), -EBUSY);
	CHECK(set(AT(SPARE, 3), 77), -EBUSY);
	CHECK(ENTRY(SPARE, 3), 0);
	frame_put_type(SPARE);
	held_typed[SPARE]--;
	CHECK(frame_get_type(DATA, TYPE_DESC), -EBUSY);
}

static void accessed_dirty(void)
{
	CHECK(set(AT(L1, 4), mfn_pte(DATA, RW)), 0);
	ENTRY(L1, 4) |= PTE_A | PTE_D; /* the CPU */
	CHECK(set(AT(L1, 4) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(DATA, RW | PTE_US)), 0);
	CHECK(ENTRY(L1, 4), mfn_pte(DATA, RW | PTE_US | PTE_A | PTE_D));
	CHECK(set(AT(L1, 4) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(DATA2, PTE_P)), 0);
	CHECK(ENTRY(L1, 4), mfn_pte(DATA2, PTE_P | PTE_A | PTE_D));
	CHECK(set(AT(L1, 4), mfn_pte(DATA2, PTE_P | PTE_US)), 0);
	CHECK(ENTRY(L1, 4), mfn_pte(DATA2, PTE_P | PTE_US));
	CHECK(set(AT(L1, 4) | MMU_PT_UPDATE_NO_TRANSLATE, 0), 0);
	CHECK(ENTRY(L1, 4), 0);
	ENTRY(L2, 0) |= PTE_A;
	CHECK(set(AT(L2, 0) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(L1, PTE_P | PTE_US)), 0);
	CHECK(ENTRY(L2, 0), mfn_pte(L1, PTE_P | PTE_US | PTE_A));
	CHECK(set(AT(L2, 0), mfn_pte(L1, RW | PTE_US)), 0);
}

static void upper_entries(void)
{
	/* An empty frame is a good L1 and a good L2, not both at once. */
	CHECK(set(AT(L2, 1), mfn_pte(SPARE, RW)), 0);
	CHECK(set(AT(L3, 1), mfn_pte(SPARE, PTE_P)), -EINVAL);
	CHECK(set(AT(L3, 1), mfn_pte(SPARE2, PTE_P)), 0);
	CHECK(set(AT(L2, 2), mfn_pte(SPARE2, RW)), -EINVAL);
	/* Linear tables. */
	CHECK(set(AT(L2, 2), mfn_pte(L2, RW)), -EINVAL);
	CHECK(set(AT(L2, 2), mfn_pte(L3, RW)), -EINVAL);
	CHECK(set(AT(TOP, 2), mfn_pte(TOP, RW)), -EINVAL);
	CHECK(set(AT(L3, 2), mfn_pte(L3, PTE_P)), -EINVAL);
	/* A top L2 is not accepted in another slot of an L3. */
	CHECK(set(AT(L3, 2), mfn_pte(TOP, PTE_P)), -EINVAL);
	CHECK(set(AT(L3, 2), mfn_pte(L2, PTE_P)), 0);
	/* The monitor's slots. */
	CHECK(set(AT(TOP, 428), 0), -EPERM);
	CHECK(set(AT(TOP, 511), mfn_pte(L1, RW)), -EPERM);
	CHECK(set(AT(TOP, 427), mfn_pte(L1, RW)), 0);
	CHECK(set(AT(SPARE2, 428), mfn_pte(L1, RW)), 0);
	CHECK(set(AT(L3, 3), 0), -EINVAL);
	CHECK(set(AT(L3, 3), mfn_pte(SPARE3, PTE_P)), -EINVAL);
	CHECK(set(AT(L3, 3), mfn_pte(TOP, PTE_P | PTE_AVL)), 0);
	CHECK(set(AT(L3, 4), 0), -EINVAL);
	/* Illegal bits and frames. */
	CHECK(set(AT(L3, 3), mfn_pte(TOP, RW)), -EINVAL);
	CHECK(set(AT(L3, 2), mfn_pte(L2, PTE_P | PTE_D)), -EINVAL);
	CHECK(set(AT(L2, 0), mfn_pte(L1, RW | PTE_PS)), -EINVAL);
	CHECK(set(AT(L2, 2), mfn_pte(DATA2, RW | PTE_PS)), -EINVAL);
	CHECK(set(AT(L2, 2), 1ull << 35 | mfn_pte(SPARE, RW)), -EINVAL);
	CHECK(set(AT(L2, 2), mfn_pte(DEVICE_FRAME, RW)), -EPERM);
	CHECK(set(AT(L2, 2), mfn_pte(MONITOR_FRAME, RW)), -EPERM);
	CHECK(set(AT(L2, 2), mfn_pte(NR_FRAMES, RW)), -EPERM);
	CHECK(set(AT(L2, 2), mfn_pte(SHARED_FRAME, RW)), -EBUSY);
	CHECK(set(AT(L2, 2), mfn_pte(DATA, RW)), -EBUSY);
	/* QEMU sets the accessed bit of L3 entries; the monitor clears it. */
	CHECK(set(AT(L3, 2), mfn_pte(L2, PTE_P | PTE_A)), 0);
	CHECK(ENTRY(L3, 2), mfn_pte(L2, PTE_P));
	ENTRY(L3, 2) |= PTE_A;
	CHECK(set(AT(L3, 2) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(L2, PTE_P)), 0);
	CHECK(ENTRY(L3, 2), mfn_pte(L2, PTE_P));
	/* A table whose last entry is bad: all references of the table are dropped. */
	CHECK(set(AT(SPARE3, 0), mfn_pte(DATA2, RW)), 0);
	CHECK(set(AT(SPARE3, 511), mfn_pte(MONITOR_FRAME, PTE_P)), 0);
	CHECK(set(AT(L2, 2), mfn_pte(SPARE3, RW)), -EPERM);
	CHECK(frame_table[DATA2].type & TYPE_COUNT, 0);
	CHECK(set(AT(SPARE3, 511), mfn_pte(SPARE3, RW)), 0);
	CHECK(set(AT(L2, 2), mfn_pte(SPARE3, RW)), -EBUSY);
	CHECK(set(AT(SPARE3, 511), 0), 0);
	CHECK(set(AT(SPARE3, 0), 0), 0);
	/* Undo. */
	CHECK(set(AT(L3, 1), 0), 0);
	CHECK(set(AT(L3, 2), 0), 0);
	CHECK(set(AT(L2, 1), 0), 0);
	CHECK(set(AT(TOP, 427), 0), 0);
	CHECK(set(AT(SPARE2, 428), 0), 0);
}

/* ---- the hypercall around it ---- */

static void commands(void)
{
	CHECK(set(AT(L1, 0) | 4, 0), -ENOSYS);
	CHECK(set(AT(L1, 0) | 7, 0), -ENOSYS);
	CHECK(set(AT(MONITOR_FRAME, 0), 0), -EPERM);
	CHECK(set(AT(DEVICE_FRAME, 0), 0), -EPERM);
	CHECK(set(AT(NR_FRAMES, 0), 0), -EINVAL);
	CHECK(set(1ull << 32 | AT(L1, 0), 0), -EINVAL);
	CHECK(set(AT(SHARED_FRAME, 1), 77), 0);
	CHECK(ENTRY(SHARED_FRAME, 1), 77);

	CHECK(set(AT(DATA, 0) | MMU_MACHPHYS_UPDATE, 1234), 0);
	CHECK(m2p_rw[DATA], 1234);
	CHECK(set(AT(MONITOR_FRAME, 0) | MMU_MACHPHYS_UPDATE, 1), -EPERM);
	CHECK(set(AT(NR_FRAMES, 0) | MMU_MACHPHYS_UPDATE, 1), -EINVAL);

	CHECK(set_for(AT(L1, 5), mfn_pte(DATA, RW), 0), 0);
	CHECK(set_for(AT(L1, 5), mfn_pte(DATA, RW), 1u << 16 | DOMID_SELF), 0);
	CHECK(set_for(AT(L1, 5), mfn_pte(DATA2, RW), DOMID_IO), -EPERM);
	CHECK(set_for(AT(L1, 5), mfn_pte(DEVICE_FRAME, RW), DOMID_IO), 0);
	CHECK(set_for(AT(L1, 5), mfn_pte(NR_FRAMES, RW), DOMID_IO), 0);
	CHECK(set_for(AT(L1, 5), mfn_pte(MONITOR_FRAME, RW), DOMID_IO), -EPERM);
	CHECK(set_for(AT(L1, 5), 0, DOMID_XEN), -EPERM);
	CHECK(set_for(AT(L1, 5), 0, 5), -ESRCH);
	CHECK(set_for(AT(L1, 5), 0, 7u << 16 | DOMID_SELF), -ESRCH);
	CHECK(set(AT(L1, 5), 0), 0);
}

static void batches(void)
{
	struct regs *r = &call_regs[0];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		requests[i].ptr = AT(DATA2, i % 512);
		requests[i].val = i;
	}
	requests[5].ptr |= 4;
	CHECK(call(do_mmu_update, (u32)requests, 10, (u32)&done, DOMID_SELF, 0), -ENOSYS);
	CHECK(done, 5);
	CHECK(call(do_mmu_update, (u32)requests, 0, (u32)&done, DOMID_SELF, 0), 0);
	CHECK(done, 0);
	requests[5].ptr &= ~7ull;

	done = 77; /* not written by a call that is refused at once */
	CHECK(call(do_mmu_update, 0xf5000000, 0x80001, (u32)&done, DOMID_SELF, 0), -EFAULT);
	CHECK(call(do_mmuext_op, 0xf5000000, 0xaaaab, (u32)&done, DOMID_SELF, 0), -EFAULT);
	CHECK(done, 77);
	CHECK(call(do_mmu_update, 0xf5800001, 0, 0, DOMID_SELF, 0), -EFAULT);
	CHECK(call(do_mmu_update, 0, 0x7fffffff, 0, DOMID_SELF, 0), -EFAULT);
	requests[0].val = 55;
	CHECK(call(do_mmu_update, (u32)requests, 1, 0xf57ffffd, DOMID_SELF, 0), -EFAULT);
	CHECK(ENTRY(DATA2, 0), 0);
	requests[0].val = 0;
	CHECK(call(do_mmuext_op, 0xf57ffffc, 1, 0, DOMID_SELF, 0), -EFAULT);
	CHECK(call(do_mmuext_op, 0, 0x7fffffff, 0, DOMID_SELF, 0), -EFAULT);

	/* A long list from the guest is continued, and `done` counts all parts. */
	r->eip = 100;
	CHECK(call(do_mmu_update, (u32)requests, 700, (u32)&done, DOMID_SELF, 0),
	      __HYPERVISOR_mmu_update);
	for (i = 0; r->eip == 98 && i < 5; i++) {
		CHECK(r->ebx - (u32)requests, (i + 1) * 256 * sizeof(requests[0]));
		r->eip = 100;
		CHECK(do_mmu_update(r), i ? 0 : __HYPERVISOR_mmu_update);
	}
	CHECK(i, 2);
	CHECK(done, 700);
	CHECK(ENTRY(DATA2, 187), 699);
	/* Without an address for `done` the list is continued too, each request once. */
	r->eip = 100;
	CHECK(call(do_mmu_update, (u32)requests, 257, 0, DOMID_SELF, 0), __HYPERVISOR_mmu_update);
	CHECK(r->ecx, 1 | BATCH_CONTINUED);
	CHECK(r->eip, 98);
	CHECK(do_mmu_update(r), 0);
	CHECK(r->eip, 98);
	/* A refused request ends the list, in a later part too. */
	requests[300].ptr |= 4;
	CHECK(call(do_mmu_update, (u32)requests, 700, (u32)&done, DOMID_SELF, 0),
	      __HYPERVISOR_mmu_update);
	CHECK(do_mmu_update(r), -ENOSYS);
	CHECK(done, 300);
	requests[300].ptr &= ~7ull;
	/* A list of one part is done at once. */
	CHECK(call(do_mmu_update, (u32)requests, 256, (u32)&done, DOMID_SELF, 0), 0);
	CHECK(done, 256);
	CHECK(ext(MMUEXT_CLEAR_PAGE, DATA2, 0), 0);
}

/* Requests that cannot be read, and `done` at an address that cannot be written. */
static void faults(void)
{
	struct regs *r = &call_regs[0];
	u32 at;

	for (at = 0; at < 16; at += 4) {
		u32 from = (u32)nowhere - at;

		CHECK(call(do_mmu_update, from, 1, 0, DOMID_SELF, 0), -EFAULT);
		if (at < sizeof(struct mmuext_op))
			CHECK(call(do_mmuext_op, from, 1, 0, DOMID_SELF, 0), -EFAULT);
	}
	requests[0].val = 55;
	CHECK(call(do_mmu_update, (u32)requests, 1, (u32)read_only, DOMID_SELF, 0), -EFAULT);
	CHECK(call(do_mmu_update, (u32)requests, 1, (u32)nowhere, DOMID_SELF, 0), -EFAULT);
	CHECK(ENTRY(DATA2, 0), 0);
	requests[0].val = 0;
	/* The address of `done` is no longer writable when the last part ends. */
	memset(r, 0, sizeof(*r));
	r->ecx = 3;
	r->edx = (u32)read_only;
	CHECK(batch_end_slow(r, 1, 16, 3, 0), -EFAULT);
	CHECK(batch_end_slow(r, 1, 16, 2, 0), -EFAULT);
	CHECK(batch_end_slow(r, 1, 16, 2, -EPERM), -EPERM);
	r->ecx |= BATCH_CONTINUED;
	r->edx = (u32)nowhere;
	CHECK(batch_end_slow(r, 1, 16, 3, 0), -EFAULT);
}

/* A list of few requests is continued too, if they are much work. */
static void heavy_batches(void)
{
	static struct mmuext_op ops[250];
	struct regs *r = &call_regs[0];
	u32 i, calls = 1;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		ops[i].cmd = i % 2 ? MMUEXT_UNPIN_TABLE : MMUEXT_PIN_L1_TABLE;
		ops[i].arg1.mfn = SPARE;
	}
	CHECK(call(do_mmuext_op, (u32)ops, 250, (u32)&done, DOMID_SELF, 0), __HYPERVISOR_mmuext_op);
	CHECK(done, BATCH_PART_WORK);
	while (do_mmuext_op(r) && calls < 10)
		calls++;
	CHECK(calls, 1);
	CHECK(done, 250);
	/* Requests behind a refused one are not done. */
	ops[1].cmd = 99;
	ops[2].cmd = MMUEXT_UNPIN_TABLE;
	CHECK(call(do_mmuext_op, (u32)ops, 3, (u32)&done, DOMID_SELF, 0), -ENOSYS);
	CHECK(done, 1);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);
}

static void by_address(void)
{
	flushed_page = 1;
	CHECK(va_set(0x6000, mfn_pte(DATA, RW), UVMF_INVLPG), 0);
	CHECK(ENTRY(L1, 6), mfn_pte(DATA, RW));
	CHECK(flushed_page, 0x6000);
	CHECK(va_set(0x7000, 0, UVMF_NONE), 0);
	CHECK(flushed_page, 0x6000);
	tlb_mark_stale();
	CHECK(va_set(0x6000, 0, UVMF_TLB_FLUSH | UVMF_ALL), 0);
	CHECK(ENTRY(L1, 6), 0);
	CHECK(tlb_stale, false);
	CHECK(va_set(0x6000, mfn_pte(L1, RW), 0), -EBUSY);
	CHECK(va_set(0x200000, mfn_pte(DATA, RW), 0), -EINVAL);
	CHECK(va_set(0x40000000, mfn_pte(DATA, RW), 0), -EINVAL);
	CHECK(va_set(0xf5800000, mfn_pte(DATA, RW), 0), -EINVAL);
	CHECK(va_set(0xffffffff, mfn_pte(DATA, RW), 0), -EINVAL);
	CHECK(call(do_update_va_mapping_otherdomain, 0x6000, mfn_pte(DATA, RW), 0, 0, DOMID_IO),
	      -EPERM);
	CHECK(call(do_update_va_mapping_otherdomain, 0x6000, mfn_pte(DEVICE_FRAME, RW), 0, 0,
		   DOMID_IO),
	      0);
	CHECK(call(do_update_va_mapping_otherdomain, 0x6000, 0, 0, 0, DOMID_SELF), 0);
	CHECK(call(do_update_va_mapping_otherdomain, 0x6000, 0, 0, 0, 9), -ESRCH);
}

/* ---- mmuext_op ---- */

static void pins(void)
{
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), -EINVAL);
	CHECK(ext(MMUEXT_PIN_L2_TABLE, SPARE, 0), -EINVAL);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), -EINVAL);
	CHECK(ext(MMUEXT_PIN_L2_TABLE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_PIN_L3_TABLE, SPARE, 0), -EINVAL); /* no slot 3 */
	CHECK(ext(MMUEXT_PIN_L1_TABLE, DATA, 0), -EBUSY);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, MONITOR_FRAME, 0), -EPERM);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, NR_FRAMES, 0), -EPERM);
	CHECK(ext(MMUEXT_PIN_L4_TABLE, SPARE, 0), -EOPNOTSUPP);
	CHECK(ext(MMUEXT_UNPIN_TABLE, MONITOR_FRAME, 0), -EINVAL);
	CHECK(ext(MMUEXT_UNPIN_TABLE, NR_FRAMES, 0), -EINVAL);
	CHECK(ext(MMUEXT_UNPIN_TABLE, 0xffffffff, 0), -EINVAL);

	CHECK(set(AT(SPARE, 3), mfn_pte(SPARE2, PTE_P | PTE_A)), 0);
	CHECK(ext(MMUEXT_PIN_L3_TABLE, SPARE, 0), 0);
	CHECK(ENTRY(SPARE, 3), mfn_pte(SPARE2, PTE_P));
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);

	/* A second address space. The first one stays validated because its L3 is pinned. */
	CHECK(set(AT(SPARE, 3), mfn_pte(SPARE2, PTE_P)), 0);
	CHECK(ext(MMUEXT_NEW_BASEPTR, SPARE, 0), 0);
	CHECK(current_l3, SPARE);
	CHECK(va_set(0x6000, 0, 0), -EINVAL);
	CHECK(frame_table[L3].type & TYPE_VALIDATED, TYPE_VALIDATED);
	CHECK(ext(MMUEXT_NEW_BASEPTR, DATA2, 0), -EINVAL);
	CHECK(ext(MMUEXT_NEW_BASEPTR, L2, 0), -EINVAL);
	CHECK(current_l3, SPARE);
	CHECK(ext(MMUEXT_NEW_BASEPTR, L3, 0), 0);
	CHECK(frame_table[SPARE].type & (TYPE_VALIDATED | TYPE_COUNT), 0);
	CHECK(frame_table[SPARE2].type & (TYPE_VALIDATED | TYPE_COUNT), 0);
	CHECK(ext(MMUEXT_CLEAR_PAGE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_CLEAR_PAGE, SPARE2, 0), 0);
}

static void other_ops(void)
{
	ENTRY(DATA, 3) = 99;
	CHECK(ext(MMUEXT_COPY_PAGE, DATA2, DATA), 0);
	CHECK(ENTRY(DATA2, 3), 99);
	CHECK(ext(MMUEXT_CLEAR_PAGE, DATA2, 0), 0);
	CHECK(ENTRY(DATA2, 3), 0);
	CHECK(ext(MMUEXT_CLEAR_PAGE, L1, 0), -EBUSY);
	CHECK(ext(MMUEXT_COPY_PAGE, L1, DATA), -EBUSY);
	CHECK(ext(MMUEXT_COPY_PAGE, DATA, MONITOR_FRAME), -EPERM);
	CHECK(ext(MMUEXT_CLEAR_PAGE, DEVICE_FRAME, 0), -EPERM);
	CHECK(ext(MMUEXT_SET_LDT, 0, 0), 0);
	CHECK(ext(MMUEXT_SET_LDT, 0x1000, 1), -EINVAL);
	CHECK(ext(MMUEXT_FLUSH_CACHE, 0, 0), 0);
	CHECK(ext(MMUEXT_MARK_SUPER, 0, 0), -EOPNOTSUPP);
	CHECK(ext(MMUEXT_NEW_USER_BASEPTR, L3, 0), -EOPNOTSUPP);
	CHECK(ext(99, 0, 0), -ENOSYS);
	tlb_mark_stale();
	CHECK(ext(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
	CHECK(tlb_stale, false);

	/* invlpg is executed for addresses of the guest's space only. */
	flushed_page = 1;
	CHECK(ext(MMUEXT_INVLPG_LOCAL, 0xf5800000, 0), 0);
	CHECK(ext(MMUEXT_INVLPG_ALL, 0xffffffff, 0), 0);
	CHECK(flushed_page, 1);
	CHECK(ext(MMUEXT_INVLPG_ALL, 0xf57fffff, 0), 0);
	CHECK(flushed_page, 0xf57fffff);
	CHECK(ext(MMUEXT_INVLPG_LOCAL, 0, 0), 0);
	CHECK(flushed_page, 0);

	/* The domain named: the guest itself and DOMID_IO are accepted. */
	CHECK(call(do_mmuext_op, 0, 0, 0, 0, 0), 0);
	CHECK(call(do_mmuext_op, 0, 0, 0, DOMID_IO, 0), 0);
	CHECK(call(do_mmuext_op, 0, 0, 0, DOMID_XEN, 0), -EPERM);
	CHECK(call(do_mmuext_op, 0, 0, 0, 5, 0), -ESRCH);
	CHECK(call(do_mmuext_op, 0, 0, 0, 6u << 16 | DOMID_SELF, 0), -ESRCH);
}

int main(void)
{
	guest_faults_begin();
	machine_init();
	build();
	l1_entries();
	accessed_dirty();
	upper_entries();
	commands();
	batches();
	faults();
	heavy_batches();
	by_address();
	pins();
	other_ops();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
