// SPDX-License-Identifier: MIT
/*
 * memory_op, command by command: the last good and the first bad argument, how many
 * entries of a list are done, and which frame the guest gets.
 */
#include "guest_faults.h"

#include "paging_calls.h"

#include <hv/boot.h>

enum { BEYOND = HV_VIRT_START };

static u32 list[4];

static long op(u32 cmd, const void *arg)
{
	return call(do_memory_op, cmd, (u32)arg, 0, 0, 0);
}

static long reserve(u32 cmd, u32 at, u32 nr)
{
	struct xen_memory_reservation res = { 0 };

	res.extent_start.p = (void *)at;
	res.nr_extents = nr;
	res.domid = DOMID_SELF;
	return op(cmd, &res);
}

static long give(u32 a, u32 b)
{
	list[0] = a;
	list[1] = b;
	return reserve(XENMEM_decrease_reservation, (u32)list, 2);
}

static void bad_places(void)
{
	static const u32 commands[] = {
		XENMEM_current_reservation,  XENMEM_maximum_reservation,  XENMEM_maximum_gpfn,
		XENMEM_increase_reservation, XENMEM_decrease_reservation, XENMEM_populate_physmap,
		XENMEM_memory_map,	     XENMEM_machine_memory_map,	  XENMEM_machphys_mfn_list,
		XENMEM_machphys_mapping,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		CHECK(op(commands[i], (void *)BEYOND), -EFAULT);
		CHECK(op(commands[i], (void *)(BEYOND - 1)), -EFAULT);
		CHECK(op(commands[i], nowhere), -EFAULT);
	}
	/* The request can be read, but the answer cannot be written. */
	CHECK(op(XENMEM_memory_map, read_only), -EFAULT);
	CHECK(op(XENMEM_machine_memory_map, read_only), -EFAULT);
	CHECK(op(XENMEM_machphys_mfn_list, read_only), -EFAULT);
	CHECK(op(XENMEM_machphys_mapping, read_only), -EFAULT);
}

/* No frame is claimed if its number cannot be read or written. */
static void lists_nowhere(void)
{
	CHECK(give(SPARE, SPARE2), 2);
	CHECK(reserve(XENMEM_decrease_reservation, (u32)nowhere, 1), 0);
	CHECK(reserve(XENMEM_populate_physmap, (u32)nowhere, 1), 0);
	CHECK(reserve(XENMEM_increase_reservation, (u32)nowhere, 1), 0);
	CHECK(reserve(XENMEM_increase_reservation, (u32)read_only, 1), 0);
	CHECK(reserve(XENMEM_populate_physmap, (u32)read_only, 1), 0);
	CHECK(domain.tot_pages, domain.max_pages - 2);
	CHECK(frame_is_guest(SPARE) || frame_is_guest(SPARE2), false);
	CHECK(reserve(XENMEM_increase_reservation, (u32)list, 2), 2);
}

static void sizes(void)
{
	static struct xen_memory_domain who;

	domain.tot_pages -= 3;
	domain.max_pages += 2;
	who.domid = DOMID_SELF;
	CHECK(op(XENMEM_current_reservation, &who), domain.tot_pages);
	CHECK(op(XENMEM_maximum_reservation, &who), domain.max_pages);
	CHECK(op(XENMEM_maximum_gpfn, &who), domain.nr_pfns - 1);
	who.domid = 0;
	CHECK(op(XENMEM_maximum_gpfn, &who), domain.nr_pfns - 1);
	who.domid = 1;
	CHECK(op(XENMEM_current_reservation, &who), -ESRCH);
	domain.tot_pages += 3;
	domain.max_pages -= 2;
	CHECK(op(XENMEM_maximum_ram_page, NULL), NR_FRAMES - 1);
}

/* A list is done up to its end or its first bad entry. */
static void lists(void)
{
	list[2] = DATA2;
	CHECK(give(SPARE, SPARE2), 2);
	CHECK(frame_is_guest(DATA2), true);
	CHECK(give(SPARE, SPARE3), 0);
	CHECK(give(SPARE3, L1), 1);
	CHECK(give(MONITOR_FRAME, DATA2), 0);
	CHECK(give(NR_FRAMES, DATA2), 0);
	CHECK(frame_is_guest(DATA2), true);
	CHECK(domain.tot_pages, domain.max_pages - 3);
	CHECK(frame_release(MONITOR_FRAME), -EPERM);
	CHECK(frame_release(SPARE), -EPERM);
	CHECK(frame_release(L1), -EBUSY);

	/* Last in, first out. Without a list (address 0) the numbers are not written. */
	CHECK(reserve(XENMEM_increase_reservation, (u32)list, 1), 1);
	CHECK(list[0], SPARE3);
	CHECK(list[1], DATA2);
	CHECK(m2p_rw[SPARE3], MFN_INVALID);
	CHECK(reserve(XENMEM_increase_reservation, 0, 2), 2);
	CHECK(domain.tot_pages, domain.max_pages);
	CHECK(reserve(XENMEM_increase_reservation, 0, 0), 0);
	CHECK(reserve(XENMEM_populate_physmap, 0, 1), -EFAULT);
	CHECK(reserve(XENMEM_decrease_reservation, 0, 1), -EFAULT);

	/* The longest list, and an entry more; a length whose size in bytes wraps. */
	CHECK(reserve(XENMEM_increase_reservation, 0, BEYOND / 4), 0);
	CHECK(reserve(XENMEM_increase_reservation, 0, BEYOND / 4 + 1), -EFAULT);
	CHECK(reserve(XENMEM_increase_reservation, 0, 0x40000001), -EFAULT);
	CHECK(reserve(XENMEM_increase_reservation, BEYOND - 4, 1), 0);
	CHECK(reserve(XENMEM_increase_reservation, BEYOND - 4, 2), -EFAULT);
}

/* The guest gets no more than max_pages frames, and no more than are free. */
static void most(void)
{
	CHECK(give(SPARE, SPARE2), 2);
	domain.max_pages--;
	CHECK(reserve(XENMEM_increase_reservation, (u32)list, 2), 1);
	CHECK(domain.tot_pages, domain.max_pages);
	domain.max_pages += 2;
	CHECK(reserve(XENMEM_increase_reservation, (u32)list, 2), 1);
	CHECK(reserve(XENMEM_populate_physmap, (u32)list, 1), 0);
	CHECK(domain.tot_pages, domain.max_pages - 1);
	CHECK(frame_claim(), MFN_INVALID);
	domain.max_pages--;
}

static void take_identity(u32 pfn, long taken)
{
	list[0] = pfn;
	CHECK(reserve(XENMEM_populate_physmap, (u32)list, 1), taken);
	CHECK(list[0], pfn);
}

/* An identity guest gets the frames it names, from the middle of the list and its ends. */
static void identity(void)
{
	CHECK(give(SPARE, SPARE2), 2);
	CHECK(give(SPARE3, DATA2), 2);
	domain.identity = true;
	take_identity(L1, 0);
	take_identity(MONITOR_FRAME, 0);
	take_identity(NR_FRAMES, 0);
	take_identity(SPARE2, 1);
	CHECK(m2p_rw[SPARE2], SPARE2);
	take_identity(SPARE2, 0);
	take_identity(DATA2, 1);
	/* increase_reservation names no frame: the guest gets any. */
	list[0] = 4711;
	CHECK(reserve(XENMEM_increase_reservation, (u32)list, 1), 1);
	CHECK(list[0], SPARE3);
	CHECK(m2p_rw[SPARE3], MFN_INVALID);
	take_identity(SPARE, 1);
	CHECK(frame_claim(), MFN_INVALID);
	domain.identity = false;

	CHECK(give(SPARE, SPARE2), 2);
	list[0] = SPARE;
	CHECK(reserve(XENMEM_populate_physmap, (u32)list, 1), 1);
	CHECK(list[0], SPARE2);
	CHECK(m2p_rw[SPARE2], SPARE);
	CHECK(frame_claim_at(SPARE2), -ENOMEM);
	CHECK(frame_claim_at(SPARE), 0);
	domain.tot_pages++;
	CHECK(domain.tot_pages, domain.max_pages);
}

static long map_of(u32 cmd, void *at, u32 room, u32 *nr)
{
	struct xen_memory_map map = { 0 };
	long rc;

	map.buffer.p = at;
	map.nr_entries = room;
	rc = op(cmd, &map);
	*nr = map.nr_entries;
	return rc;
}

static void memory_maps(void)
{
	static const u32 commands[] = { XENMEM_memory_map, XENMEM_machine_memory_map };
	static struct e820entry to[4];
	u32 i, nr;

	for (i = 0; i < 2; i++) {
		CHECK(map_of(commands[i], NULL, 0, &nr), 0);
		CHECK(nr, guest_e820_nr);
		memset(to, 0xaa, sizeof(to));
		CHECK(map_of(commands[i], to, 2, &nr), 0);
		CHECK(nr, 2);
		CHECK(memcmp(to, guest_e820, 2 * sizeof(to[0])), 0);
		CHECK(to[2].size, 0xaaaaaaaaaaaaaaaa);
		CHECK(map_of(commands[i], to, 4, &nr), 0);
		CHECK(nr, 2);
		CHECK(to[2].size, 0xaaaaaaaaaaaaaaaa);
		CHECK(map_of(commands[i], (void *)BEYOND, 2, &nr), -EFAULT);
		memset(to, 0xaa, sizeof(to));
		CHECK(map_of(commands[i], to, 1, &nr), i ? 0 : -EINVAL);
		CHECK(nr, 1);
		CHECK(to[1].size, 0xaaaaaaaaaaaaaaaa);
		CHECK(memcmp(to, guest_e820, sizeof(to[0])) == 0, i == 1);
	}
}

static void m2p_places(void)
{
	static struct xen_machphys_mapping where;
	struct xen_machphys_mfn_list pieces = { 0 };
	static xen_pfn_t mfns[2] = { 1, 2 };
	pte_t was = hv_l2[HV_L2_FIRST];

	CHECK(op(XENMEM_machphys_mapping, &where), 0);
	CHECK(where.v_start, HV_M2P_RO);
	CHECK(where.v_end, HV_GUEST_LIMIT);
	CHECK(where.max_mfn, NR_FRAMES - 1);

	pieces.extent_start.p = mfns;
	CHECK(op(XENMEM_machphys_mfn_list, &pieces), 0);
	CHECK(pieces.nr_extents, 0);
	CHECK(mfns[0], 1);
	/* This small m2p is one piece, of number 0: it is not mapped by a large page. */
	pieces.max_extents = 2;
	CHECK(op(XENMEM_machphys_mfn_list, &pieces), 0);
	CHECK(pieces.nr_extents, 1);
	CHECK(mfns[0], 0);
	CHECK(mfns[1], 2);
	hv_l2[HV_L2_FIRST] = mfn_pte(0x12345, RW | PTE_PS);
	ENTRY(TOP, HV_L2_FIRST) = hv_l2[HV_L2_FIRST];
	pieces.max_extents = 1;
	if (op(XENMEM_machphys_mfn_list, &pieces) || pieces.nr_extents != 1 || mfns[0] != 0x12345)
		fail("piece 0 is at %lx", mfns[0]);
	hv_l2[HV_L2_FIRST] = was;
	ENTRY(TOP, HV_L2_FIRST) = was;
	pieces.extent_start.p = (void *)(BEYOND - 3);
	CHECK(op(XENMEM_machphys_mfn_list, &pieces), -EFAULT);
}

/* The initial owners in the frame table, and that nothing behind its end is written. */
static void first_owners(void)
{
	u32 i;

	for (i = 0; i < 1024; i++)
		if (m2p_rw[i] != MFN_INVALID)
			fail("frame %x has a pfn", i);
	CHECK(frame_get(MONITOR_FRAME), -EPERM);
	CHECK(frame_get(DEVICE_FRAME), -EPERM);
	CHECK(frame_get(NR_FRAMES), -EPERM);
	CHECK(frame_claim(), MFN_INVALID);
}

static void last_owners(void)
{
	machine_init();
	frame_init(NR_FRAMES);
	frame_add_io(NR_FRAMES - 1, 3);
	if (frame_table[NR_FRAMES - 1].count != FRAME_IO || frame_table[NR_FRAMES - 2].count)
		fail("device at the end: %x", frame_table[NR_FRAMES - 1].count);
	frame_add_io(NR_FRAMES, 1);
	if (!(frame_table[NR_FRAMES].count & FRAME_OWNED))
		fail("behind the end: %x", frame_table[NR_FRAMES].count);
	frame_share(NR_FRAMES - 2);
	frame_add_guest_ram(NR_FRAMES - 4, 2);
	if (frame_table[NR_FRAMES - 3].count != FRAME_OWNED || frame_table[NR_FRAMES - 5].count)
		fail("RAM near the end: %x", frame_table[NR_FRAMES - 3].count);
}

int main(void)
{
	guest_faults_begin();
	machine_init();
	first_owners();
	build();
	bad_places();
	sizes();
	lists();
	most();
	identity();
	lists_nowhere();
	memory_maps();
	m2p_places();
	last_owners();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
