// SPDX-License-Identifier: MIT
/*
 * Frames that change their owner or type: released and claimed again; first written by the
 * guest and then a page table, or in the opposite order, without a flush requested by the
 * guest; reference counts at their maximum; and frames that the monitor takes.
 */
#include "paging_calls.h"

static long reserve(u32 cmd, u32 *list, u32 nr, u32 order, u32 domid)
{
	static struct xen_memory_reservation res;

	res.extent_start.p = (void *)list;
	res.nr_extents = nr;
	res.extent_order = order;
	res.domid = domid;
	return call(do_memory_op, cmd, (u32)&res, 0, 0, 0);
}

static void reservations(void)
{
	static u32 list[3];

	list[0] = SPARE;
	list[1] = SPARE2;
	list[2] = L1;
	CHECK(reserve(XENMEM_decrease_reservation, list, 3, 0, DOMID_SELF), 2);
	CHECK(domain.tot_pages, domain.max_pages - 2);
	CHECK(set(AT(L1, 7), mfn_pte(SPARE, PTE_P)), -EPERM);
	CHECK(set(AT(SPARE, 7), 0), -EPERM);
	CHECK(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0);
	list[0] = 4711;
	CHECK(reserve(XENMEM_populate_physmap, list, 1, 0, DOMID_SELF), 1);
	CHECK(list[0] == SPARE || list[0] == SPARE2, true);
	CHECK(m2p_rw[list[0]], 4711);
	CHECK(reserve(XENMEM_increase_reservation, list, 3, 0, DOMID_SELF), 1);
	CHECK(domain.tot_pages, domain.max_pages);
	CHECK(set(AT(L1, 7), mfn_pte(SPARE, RW)), 0);
	CHECK(set(AT(L1, 7), 0), 0);
	CHECK(reserve(XENMEM_increase_reservation, list, 1, 1, DOMID_SELF), -EINVAL);
	CHECK(reserve(XENMEM_increase_reservation, list, 1, 0, 3), -ESRCH);
	CHECK(reserve(XENMEM_decrease_reservation, NULL, 1, 0, DOMID_SELF), -EFAULT);
	CHECK(reserve(XENMEM_decrease_reservation, list, ~0u, 0, DOMID_SELF), -EFAULT);
	CHECK(call(do_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0), NR_FRAMES - 1);
	CHECK(call(do_memory_op, XENMEM_exchange, 0, 0, 0, 0), -ENOSYS);
	CHECK(call(do_memory_op, XENMEM_memory_map, 0xf5800000, 0, 0, 0), -EFAULT);
}

/*
 * A frame that the guest could write becomes a page table, or a page table becomes
 * writable, without a flush requested by the guest. Each CHECK lets the CPU cache what it
 * can.
 */
static void stale(void)
{
	static u32 list[1] = { SPARE };

	CHECK(set(AT(L1, 7), mfn_pte(SPARE, RW)), 0);
	CHECK(cpu_can_write(SPARE), true);
	CHECK(set(AT(L1, 7), 0), 0);
	CHECK(cpu_can_write(SPARE), true);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), 0);
	CHECK(cpu_can_write(SPARE), false);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);

	CHECK(set(AT(L1, 7), mfn_pte(SPARE, RW)), 0);
	CHECK(set(AT(L1, 7), mfn_pte(SPARE, PTE_P)), 0);
	CHECK(set(AT(L2, 1), mfn_pte(SPARE, RW)), 0);
	CHECK(set(AT(SPARE, 0), mfn_pte(SPARE2, RW)), 0);
	CHECK(set(AT(L1, 7), 0), 0);
	CHECK(set(AT(L2, 1), 0), 0);
	/* The frame that the old table mapped becomes a table; the old table becomes writable. */
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE2, 0), 0);
	CHECK(set(AT(L1, 7), mfn_pte(SPARE, RW)), 0);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE2, 0), 0);

	CHECK(set(AT(L1, 7), 0), 0);
	CHECK(ext(MMUEXT_CLEAR_PAGE, SPARE, 0), 0);
	CHECK(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 1);
	CHECK(reserve(XENMEM_increase_reservation, list, 1, 0, DOMID_SELF), 1);
	CHECK(list[0], SPARE);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), 0);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);
}

/* A reference beyond the maximum of a count is refused; the count does not wrap. */
static void saturation(void)
{
	u32 was = frame_table[DATA2].type, count = frame_table[DATA2].count;

	frame_table[DATA2] = (struct frame){ FRAME_OWNED | (FRAME_FULL - 1), TYPE_WRITABLE | 5 };
	snprintf(doing, sizeof(doing), "saturation");
	if (set(AT(L1, 8), mfn_pte(DATA2, PTE_P)) ||
	    set(AT(L1, 9), mfn_pte(DATA2, PTE_P)) != -EBUSY)
		fail("a reference too many");
	set(AT(L1, 8), 0);
	frame_table[DATA2] = (struct frame){ FRAME_OWNED | 5, TYPE_WRITABLE | (TYPE_FULL - 1) };
	if (set(AT(L1, 8), mfn_pte(DATA2, RW)) || set(AT(L1, 9), mfn_pte(DATA2, RW)) != -EBUSY)
		fail("a use too many");
	set(AT(L1, 8), 0);
	frame_table[DATA2] = (struct frame){ count, was };
	machine_check();
}

/*
 * The monitor takes a released frame. A read-only translation of the frame may be left, which
 * nothing has marked as stale: the monitor flushes.
 */
static void taken(void)
{
	static u32 list[1] = { SPARE };
	u32 before;

	CHECK(frame_take(), MFN_INVALID);
	CHECK(set(AT(L1, 7), mfn_pte(SPARE, PTE_P)), 0);
	CHECK(set(AT(L1, 7), 0), 0);
	CHECK(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 1);
	/* machine_check() knows no frame that changed its owner, so no CHECK from here on. */
	snprintf(doing, sizeof(doing), "taken");
	before = all_flushes;
	if (tlb_stale || frame_take() != SPARE || all_flushes != before + 1)
		fail("no flush for a frame that is taken");
	/* The guest does not get the frame back, nor can it map the frame. */
	if (frame_take() != MFN_INVALID || all_flushes != before + 1 ||
	    reserve(XENMEM_populate_physmap, list, 1, 0, DOMID_SELF) ||
	    set(AT(L1, 7), mfn_pte(SPARE, PTE_P)) != -EPERM)
		fail("a taken frame is the guest's");
}

int main(void)
{
	machine_init();
	build();
	reservations();
	stale();
	saturation();
	taken();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
