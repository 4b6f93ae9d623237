/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing one entry of a table in use. `entry` is its address in the map cache. The
 * rules are in mm/pt_entry.c.
 */
#ifndef HV_PT_ENTRY_H
#define HV_PT_ENTRY_H

#include <hv/mm.h>
#include <hv/page_type.h>

/* Fill an absent entry: high word first, so that the CPU never sees half of it. */
static always_inline void pte_write_first(pte_word *entry, u32 lo, u32 hi)
{
	WRITE_ONCE(entry[1], hi);
	WRITE_ONCE(entry[0], lo);
}

/* How an entry is to be changed. */
#define SET_KEEP_AD	1u /* keep accessed and dirty bits the CPU has set */
#define SET_DEVICE_ONLY 2u /* the new frame must be a device's (DOMID_IO) */

/* l1_change(), l1_set(), l2_set(), l3_set(): 0, or -errno with the entry unchanged. */
int l1_change(pte_word *entry, u32 lo, u32 hi, unsigned int how);
int l1_illegal(u32 lo, u32 hi);

/* Change an L1 entry. Inline for the most frequent case: an absent one becomes present. */
static always_inline int l1_set(pte_word *entry, u32 lo, u32 hi, unsigned int how)
{
	int rc;

	if (unlikely((entry[0] & LO_P) || !(lo & LO_P)))
		return l1_change(entry, lo, hi, how);
	lo &= ~L1_STRIP_LO;
	if (unlikely(!pt_l1_legal(lo, hi)))
		return l1_illegal(lo, hi);
	rc = l1_hold(lo, hi, how & SET_DEVICE_ONLY);
	if (unlikely(rc)) {
		if (rc != L1_READ_ONLY)
			return rc;
		lo &= ~LO_RW;
	}
	pte_write_first(entry, lo, hi);
	return 0;
}

/* `entry` is number `slot` of the frame `table`. */
int l2_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how);
int l3_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how);

/*
 * The L2 frames in the four slots of current_l3 (MFN_INVALID: slot not present), so
 * that a walk need not read the L3.
 */
extern mfn_t current_l2[4];
/* Called when entries of current_l3 have changed: fill current_l2, reload CR3. */
void base_reload(void);

#endif
