// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing one entry of a table in use. Owns the order of the steps: take the
 * references of the new entry, write the entry, drop the references of the old one.
 * So a refusal changes nothing, and no present entry names a frame that it holds no
 * reference on.
 *
 * The CPU may walk the table, or set an accessed or dirty bit in it, at any moment. So
 * it must never see half an entry: an absent entry is filled high word first, a present
 * one is cleared low word first, and a present entry replaces another by one locked
 * access.
 */
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/pt_entry.h>
#include <hv/tlb.h>

/* Make the entry absent; lo has no LO_P. */
static always_inline void write_absent(pte_word *entry, u32 lo, u32 hi)
{
	WRITE_ONCE(entry[0], lo);
	WRITE_ONCE(entry[1], hi);
}

typedef u64 __attribute__((may_alias)) pte_pair;

/* Replace a present entry by another. With SET_KEEP_AD its A and D bits are kept. */
static always_inline void exchange(pte_word *entry, u32 lo, u32 hi, unsigned int how)
{
	pte_pair *e = (pte_pair *)entry;
	u64 old = *e, seen;

	for (;;) {
		u32 keep = how & SET_KEEP_AD ? (u32)old & (LO_A | LO_D) : 0;

		seen = __sync_val_compare_and_swap(e, old, (u64)hi << 32 | lo | keep);
		if (likely(seen == old))
			return;
		old = seen;
	}
}

int l1_illegal(u32 lo, u32 hi)
{
	log_debug("mm: L1 entry %x:%08x has bits that are refused", hi, lo);
	return -EINVAL;
}

/* Replace a present L1 entry by another. */
static noinline int l1_replace(pte_word *entry, u32 lo, u32 hi, unsigned int how)
{
	u32 old_lo = entry[0], old_hi = entry[1];
	int rc;

	lo &= ~L1_STRIP_LO;
	if (unlikely(!pt_l1_legal(lo, hi)))
		return l1_illegal(lo, hi);
	if (pt_l1_same_hold(old_lo, old_hi, lo, hi)) {
		exchange(entry, lo, hi, how);
		return 0;
	}
	rc = l1_hold(lo, hi, how & SET_DEVICE_ONLY);
	if (unlikely(rc)) {
		if (rc != L1_READ_ONLY)
			return rc;
		lo &= ~LO_RW;
	}
	exchange(entry, lo, hi, how);
	if (old_lo & LO_RW)
		tlb_mark_stale();
	l1_drop(old_lo, old_hi);
	return 0;
}

int l1_change(pte_word *entry, u32 lo, u32 hi, unsigned int how)
{
	u32 old_lo = entry[0], old_hi = entry[1];

	if (lo & LO_P)
		return l1_replace(entry, lo, hi, how);
	write_absent(entry, lo, hi);
	if (old_lo & LO_P) {
		if (old_lo & LO_RW)
			tlb_mark_stale();
		l1_drop(old_lo, old_hi);
	}
	return 0;
}

/* Write an L2 or L3 entry. Unlike in an L1, every entry removed may leave stale walks. */
static void table_set(pte_word *entry, u32 old_lo, u32 lo, u32 hi, unsigned int how)
{
	if (!(lo & LO_P))
		write_absent(entry, lo, hi);
	else if (!(old_lo & LO_P))
		pte_write_first(entry, lo, hi);
	else
		exchange(entry, lo, hi, how);
	if (old_lo & LO_P)
		tlb_mark_stale();
}

int l2_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how)
{
	u32 old_lo = entry[0], old_hi = entry[1];
	bool same;
	int rc;

	if (unlikely(pt_monitor_slot(frame_of(table)->type & TYPE_TOP_L2, slot))) {
		log_debug("mm: L2 %x: slot %u is the monitor's", table, slot);
		return -EPERM;
	}
	same = (lo & old_lo & LO_P) && pt_same_table(old_lo, old_hi, lo, hi);
	if (same && unlikely(!pt_l2_legal(lo, hi)))
		return -EINVAL;
	if ((lo & LO_P) && !same) {
		rc = l2_hold(lo, hi);
		if (unlikely(rc))
			return rc;
	}
	table_set(entry, old_lo, lo, hi, how);
	if ((old_lo & LO_P) && !same)
		type_put(old_lo >> PAGE_SHIFT);
	return 0;
}

int l3_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how)
{
	u32 old_lo = entry[0], old_hi = entry[1];
	bool same;
	int rc;

	if (unlikely(slot >= L3_ENTRIES)) {
		log_debug("mm: L3 %x: there is no slot %u", table, slot);
		return -EINVAL;
	}
	same = (lo & old_lo & LO_P) && pt_same_table(old_lo, old_hi, lo, hi);
	/* As in Xen: this L3 may be the base, and slot 3 leads to the monitor's mappings. */
	if (unlikely(slot == L3_TOP && !same)) {
		log_debug("mm: L3 %x: slot 3 cannot change while the frame is an L3", table);
		return -EINVAL;
	}
	if (same && unlikely(!pt_l3_legal(lo, hi)))
		return -EINVAL;
	if ((lo & LO_P) && !same) {
		rc = l3_hold(slot, lo, hi);
		if (unlikely(rc))
			return rc;
	}
	/* The accessed bit is reserved here, but QEMU sets it (pt_check.c). */
	if (lo & LO_P)
		lo &= ~L3_STRIP_LO;
	table_set(entry, old_lo, lo, hi, how & ~SET_KEEP_AD);
	/* The CPU uses copies of the four entries, which only a move to CR3 renews. */
	if (table == current_l3)
		base_reload();
	if ((old_lo & LO_P) && !same)
		type_put(old_lo >> PAGE_SHIFT);
	return 0;
}
