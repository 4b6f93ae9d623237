// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page types: the heart of direct paging. The CPU walks the guest's own page tables.
 * The guest may read them, but the monitor makes every change, and three things hold
 * between any two instructions of the guest:
 *
 *  1. No page table the CPU can reach names a frame of the monitor, but for the
 *     slots from HV_L2_FIRST up of the L2 that maps the last gigabyte. These
 *     are the same in every page directory, and above the limit of every
 *     segment the guest can load, except for the read-only m2p.
 *  2. No frame in use as a page table (of any level) or as a descriptor table
 *     can be written by the guest: no entry maps it writable, and no stale
 *     translation does (hv/tlb.h).
 *  3. A frame has one type at a time. `type` of struct frame holds the type and the
 *     number of uses (type references); the type changes only while that is zero.
 *
 * A use is: an L3 entry that names an L2; an L2 entry that names an L1; a
 * writable L1 entry; a pin; being the base (CR3); being part of a descriptor
 * table; the monitor writing on the guest's behalf. The first use of a frame as
 * a table validates it: every present entry is checked (pt_check.c) and takes a
 * reference on the frame it names, which may validate that frame in turn. If one
 * entry is refused, the references of those before it are dropped and the frame is
 * no table. When the last use ends the table is devalidated: the references of all
 * its entries are dropped. So the tables reachable from one in use are themselves in
 * use, with every count exact, by induction.
 *
 * The levels are different types. That bounds the recursion (L3, L2, L1, and L1
 * entries validate nothing), and refuses tables that name themselves as a lower
 * level (linear page tables). Two kinds of L2 are types of their own as well: an L2
 * with the monitor's slots (TYPE_TOP_L2) must be in slot 3 of an L3 and nowhere else,
 * or the monitor's memory would be at an address that the guest can reach. As in Xen,
 * an L3 without slot 3 is refused: with it in CR3 the monitor would not be mapped.
 *
 * M: 101. Validating or devalidating a tree is not done in parts: interrupts are off
 * for at worst 4 * 512 * 512 entries for one request.
 */
#include <hv/batch.h>
#include <hv/map_cache.h>
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/tlb.h>

bool tlb_stale;

/* ---- L1: entries hold guest frames ---- */

int l1_hold_slow(u32 lo, u32 hi, bool device_only)
{
	mfn_t mfn = pte_mfn((u64)hi << 32 | lo);
	enum pt_owner owner;
	int rc;

	if (frame_is_guest(mfn))
		owner = device_only ? PT_MONITOR : PT_GUEST;
	else
		owner = frame_device_owner(mfn);

	switch (pt_l1_hold(lo, owner)) {
	case PT_NOTHING:
		return 0;
	case PT_READ_ONLY:
		return L1_READ_ONLY;
	case PT_FRAME:
		rc = frame_get(mfn);
		break;
	case PT_WRITABLE:
		rc = type_get(mfn, TYPE_WRITABLE);
		break;
	default:
		rc = owner == PT_GUEST ? -EINVAL : -EPERM;
	}
	if (rc)
		log_debug("mm: entry %x:%08x refused: %s (%d)", hi, lo,
			  owner == PT_GUEST ? "type, cacheability or too many references" :
			  device_only	    ? "frame is not a device's" :
					      "frame is not the guest's",
			  rc);
	return rc;
}

static void l1_devalidate(pte_word *entry, u32 nr)
{
	for (; nr--; entry += 2)
		if (entry[0] & LO_P)
			l1_drop(entry[0], entry[1]);
}

static int l1_validate(mfn_t mfn)
{
	pte_word *table = map_frame_fast(MAP_TABLE, mfn);
	pte_word *e, *end = table + 2 * PT_ENTRIES;
	u32 strip = 0;
	int rc;

	for (e = table; e < end; e += 2) {
		if (!(e[0] & LO_P))
			continue;
		strip |= e[0] & L1_STRIP_LO;
		if (unlikely(!pt_l1_legal(e[0], e[1]))) {
			log_debug("mm: L1 %x: entry %x:%08x has bits that are refused", mfn, e[1],
				  e[0]);
			rc = -EINVAL;
		} else {
			rc = l1_hold(e[0], e[1], false);
		}
		if (rc == L1_READ_ONLY) {
			e[0] &= ~LO_RW;
		} else if (unlikely(rc)) {
			l1_devalidate(table, (e - table) / 2);
			return rc;
		}
	}
	if (strip)
		for (e = table; e < end; e += 2)
			if (e[0] & LO_P)
				e[0] &= ~L1_STRIP_LO;
	return 0;
}

/* ---- L2: entries hold L1 tables ---- */

static void l2_devalidate(pte_word *entry, u32 nr)
{
	for (; nr--; entry += 2)
		if (entry[0] & LO_P)
			type_put(entry[0] >> PAGE_SHIFT);
}

/* Take the type reference that an L2 or L3 entry holds on the table below. */
static int table_below(u32 lo, u32 hi, bool legal, u32 use)
{
	if (unlikely(!legal || pt_is_high(hi))) {
		log_debug("mm: table entry %x:%08x is not legal", hi, lo);
		return -EINVAL;
	}
	return type_get(lo >> PAGE_SHIFT, use);
}

int l2_hold(u32 lo, u32 hi)
{
	return table_below(lo, hi, pt_l2_legal(lo, hi), TYPE_L1);
}

static int l2_validate(mfn_t mfn, bool top)
{
	pte_word *table = map_frame_fast(MAP_TABLE2, mfn);
	const pte_word *ours = (const pte_word *)hv_l2;
	u32 i, nr = top ? HV_L2_FIRST : PT_ENTRIES;
	int rc;

	for (i = 0; i < nr; i++) {
		pte_word *e = table + 2 * i;

		if (!(e[0] & LO_P))
			continue;
		rc = l2_hold(e[0], e[1]);
		if (unlikely(rc)) {
			l2_devalidate(table, i);
			return rc;
		}
	}
	/* Overwrites what the guest left in these slots; no CPU walks this table yet. */
	for (i = 2 * nr; i < 2 * PT_ENTRIES; i++)
		table[i] = ours[i];
	return 0;
}

/* ---- L3: entries hold L2 tables ---- */

static void l3_devalidate(pte_word *entry, u32 nr)
{
	for (; nr--; entry += 2)
		if (entry[0] & LO_P)
			type_put(entry[0] >> PAGE_SHIFT);
}

int l3_hold(u32 slot, u32 lo, u32 hi)
{
	return table_below(lo, hi, pt_l3_legal(lo, hi),
			   slot == L3_TOP ? TYPE_L2 | TYPE_TOP_L2 : TYPE_L2);
}

static int l3_validate(mfn_t mfn)
{
	pte_word *table = map_frame_fast(MAP_TABLE3, mfn);
	u32 i;
	int rc;

	if (!(table[2 * L3_TOP] & LO_P)) {
		log_debug("mm: L3 %x has nothing in slot 3", mfn);
		return -EINVAL;
	}
	for (i = 0; i < L3_ENTRIES; i++) {
		pte_word *e = table + 2 * i;

		if (!(e[0] & LO_P))
			continue;
		rc = l3_hold(i, e[0], e[1]);
		if (unlikely(rc)) {
			l3_devalidate(table, i);
			return rc;
		}
	}
	for (i = 0; i < L3_ENTRIES; i++)
		if (table[2 * i] & LO_P)
			table[2 * i] &= ~L3_STRIP_LO;
	return 0;
}

/* ---- types ---- */

static int validate(mfn_t mfn, u32 use)
{
	batch_work += type_is_table(use);
	switch (use & TYPE_MASK) {
	case TYPE_L1:
		return l1_validate(mfn);
	case TYPE_L2:
		return l2_validate(mfn, use & TYPE_TOP_L2);
	case TYPE_L3:
		return l3_validate(mfn);
	default:
		return 0;
	}
}

static void devalidate(mfn_t mfn, u32 use)
{
	batch_work++;
	switch (use & TYPE_MASK) {
	case TYPE_L1:
		l1_devalidate(map_frame_fast(MAP_TABLE, mfn), PT_ENTRIES);
		break;
	case TYPE_L2:
		l2_devalidate(map_frame_fast(MAP_TABLE2, mfn),
			      use & TYPE_TOP_L2 ? HV_L2_FIRST : PT_ENTRIES);
		break;
	case TYPE_L3:
		l3_devalidate(map_frame_fast(MAP_TABLE3, mfn), L3_ENTRIES);
		break;
	}
}

int type_get(mfn_t mfn, u32 use)
{
	struct frame *f = frame_of(mfn);
	int rc;

	if (unlikely(!frame_is_guest(mfn))) {
		log_debug("mm: frame %x is not the guest's", mfn);
		return -EPERM;
	}
	if (unlikely(!frame_gettable(f->count) || (f->type & TYPE_FULL))) {
		log_debug("mm: frame %x has too many references", mfn);
		return -EBUSY;
	}
	if (!(f->type & TYPE_COUNT)) {
		/*
		 * First use. No translation made while the frame had another type may
		 * survive (hv/tlb.h), or the guest could write the table while it is
		 * validated.
		 */
		if ((f->type & TYPE_USE) != use && (f->type & TYPE_MASK) != TYPE_NONE)
			tlb_settle();
		/* Counted before validate(), as its entries may name the frame itself. */
		f->type = use | 1;
		f->count++;
		rc = validate(mfn, use);
		if (unlikely(rc)) {
			f->type--;
			f->count--;
			return rc;
		}
		if (type_is_table(use))
			f->type |= TYPE_VALIDATED;
		return 0;
	}
	if (unlikely((f->type & TYPE_USE) != use)) {
		log_debug("mm: frame %x has type %x, wanted as type %x", mfn, f->type, use);
		/* A table wanted as a table of another level never becomes right: -EINVAL. */
		return type_is_table(f->type) && type_is_table(use) ? -EINVAL : -EBUSY;
	}
	f->type++;
	f->count++;
	return 0;
}

void type_put(mfn_t mfn)
{
	struct frame *f = frame_of(mfn);

	BUG_ON(!frame_is_guest(mfn) || !(f->type & TYPE_COUNT) || !(f->count & FRAME_COUNT));
	if ((f->type & TYPE_COUNT) == 1 && (f->type & TYPE_VALIDATED)) {
		f->type &= ~TYPE_VALIDATED;
		devalidate(mfn, f->type);
	}
	f->type--;
	f->count--;
}

int frame_get_type(mfn_t mfn, u32 type)
{
	return type_get(mfn, type);
}

void frame_put_type(mfn_t mfn)
{
	type_put(mfn);
}
