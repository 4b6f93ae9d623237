// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall memory_op: memory maps, and the release and claim of frames. Owns
 * domain.tot_pages once the guest runs.
 *
 * M: 103. A reservation of any length is carried out with interrupts off, not in parts.
 */
#include <hv/boot.h>
#include <hv/foreign.h>
#include <hv/frame.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/pt_check.h>
#include <xen/memory.h>

static u32 handle(const void *guest_handle)
{
	return (u32)guest_handle;
}

/* ---- reservations ---- */

/* Release the frame that the list entry at guest address `list` names. */
static int give_back(u32 list)
{
	u32 mfn;
	int rc;

	if (get_guest_u32(&mfn, list))
		return -EFAULT;
	rc = frame_release(mfn);
	if (!rc)
		domain.tot_pages--;
	return rc;
}

/*
 * Claim a frame and write its number to the list entry at guest address `list`. With
 * `populate` the entry says for which pfn; an identity guest then gets just that frame.
 * Otherwise the frame's m2p entry stays MFN_INVALID.
 */
static int take(u32 list, bool populate)
{
	u32 mfn, pfn = MFN_INVALID;

	if (domain.tot_pages >= domain.max_pages)
		return -ENOMEM;
	if (populate && get_guest_u32(&pfn, list))
		return -EFAULT;
	if (populate && domain.identity) {
		if (frame_claim_at(pfn))
			return -ENOMEM;
		mfn = pfn;
	} else {
		mfn = frame_claim();
		if (mfn == MFN_INVALID)
			return -ENOMEM;
	}
	/* increase_reservation may come without a list. */
	if (list && put_guest_u32(list, mfn)) {
		frame_release(mfn);
		return -EFAULT;
	}
	m2p_rw[mfn] = pfn;
	domain.tot_pages++;
	return 0;
}

static long reservation(u32 command, u32 arg)
{
	struct xen_memory_reservation res;
	u32 list, i;
	int rc = 0;

	if (copy_from_guest(&res, arg, sizeof(res)))
		return -EFAULT;
	list = handle(res.extent_start.p);
	if (!domid_is_self(res.domid))
		return -ESRCH;
	if (res.extent_order)
		return -EINVAL;
	if (res.nr_extents > HV_VIRT_START / sizeof(u32) ||
	    !guest_range_ok(list, res.nr_extents * sizeof(u32)))
		return -EFAULT;
	if (!list && command != XENMEM_increase_reservation)
		return -EFAULT;

	for (i = 0; i < res.nr_extents && !rc; i++) {
		u32 at = list ? list + i * sizeof(u32) : 0;

		if (command == XENMEM_decrease_reservation)
			rc = give_back(at);
		else
			rc = take(at, command == XENMEM_populate_physmap);
	}
	/* The number of extents done: fewer than asked for means a failure. */
	return rc ? i - 1 : i;
}

static long reservation_size(u32 command, u32 arg)
{
	struct xen_memory_domain who;

	if (copy_from_guest(&who, arg, sizeof(who)))
		return -EFAULT;
	if (!domid_is_self(who.domid))
		return -ESRCH;
	switch (command) {
	case XENMEM_current_reservation:
		return domain.tot_pages;
	case XENMEM_maximum_reservation:
		return domain.max_pages;
	default:
		return domain.nr_pfns - 1;
	}
}

/* ---- maps ---- */

/* With `whole` a buffer that is too small is -EINVAL, else the map is cut. */
static long memory_map(u32 arg, bool whole)
{
	struct xen_memory_map map;
	u32 nr = guest_e820_nr;

	if (copy_from_guest(&map, arg, sizeof(map)))
		return -EFAULT;
	if (handle(map.buffer.p)) {
		if (map.nr_entries < nr && whole)
			return -EINVAL;
		nr = MIN(nr, map.nr_entries);
		if (copy_to_guest(handle(map.buffer.p), guest_e820, nr * sizeof(struct e820entry)))
			return -EFAULT;
	}
	map.nr_entries = nr;
	return copy_to_guest(arg, &map, sizeof(map));
}

/* The frame of each 2 MiB of the m2p, or 0 where those 2 MiB are mapped by 4 KiB pages. */
static long machphys_list(u32 arg)
{
	struct xen_machphys_mfn_list list;
	u32 i, pieces = DIV_ROUND_UP(max_mfn * sizeof(u32), 1u << 21);

	if (copy_from_guest(&list, arg, sizeof(list)))
		return -EFAULT;
	for (i = 0; i < pieces && i < list.max_extents; i++) {
		u32 entry = (u32)hv_l2[HV_L2_FIRST + i];
		u32 mfn = entry & LO_PS ? entry >> PAGE_SHIFT : 0;
		u32 at = handle(list.extent_start.p) + i * sizeof(u32);

		if (put_guest_u32(at, mfn))
			return -EFAULT;
	}
	list.nr_extents = i;
	return copy_to_guest(arg, &list, sizeof(list));
}

static long machphys_mapping(u32 arg)
{
	const struct xen_machphys_mapping map = {
		.v_start = HV_M2P_RO,
		.v_end = HV_GUEST_LIMIT,
		.max_mfn = max_mfn - 1,
	};

	return copy_to_guest(arg, &map, sizeof(map));
}

long do_memory_op(struct regs *r)
{
	u32 command = hcall_arg0(r), arg = hcall_arg1(r);

	switch (command) {
	case XENMEM_maximum_ram_page:
		return max_mfn - 1;
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return reservation_size(command, arg);
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return reservation(command, arg);
	case XENMEM_memory_map:
		return memory_map(arg, true);
	case XENMEM_machine_memory_map:
		return memory_map(arg, false);
	case XENMEM_machphys_mfn_list:
		return machphys_list(arg);
	case XENMEM_machphys_mapping:
		return machphys_mapping(arg);
	default:
		return -ENOSYS;
	}
}
