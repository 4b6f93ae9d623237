/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing one entry of a table in use. `entry` is the monitor's window on it.
 * The rules are in mm/pt_entry.c.
 */
#ifndef HV_PT_ENTRY_H
#define HV_PT_ENTRY_H

#include <hv/mm.h>
#include <hv/page_type.h>

/* Fill an absent entry: the CPU sees none of it until it sees all. */
static always_inline void pte_write_first(pte_word *entry, u32 lo, u32 hi)
{
	WRITE_ONCE(entry[1], hi);
	WRITE_ONCE(entry[0], lo);
}

/* How an entry is to be changed. */
#define SET_KEEP_AD	1u /* keep accessed and dirty bits the CPU has set */
#define SET_DEVICE_ONLY 2u /* the new frame must be a device's (DOMID_IO) */

/* All of these: 0 or -errno, and then nothing has changed. */
int l1_change(pte_word *entry, u32 lo, u32 hi, unsigned int how);
int l1_illegal(u32 lo, u32 hi);

/* Making a mapping where there was none is what is done most. */
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

/* `table`, `slot`: where the entry is. */
int l2_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how);
int l3_set(pte_word *entry, mfn_t table, u32 slot, u32 lo, u32 hi, unsigned int how);

/*
 * The base: the L3 in CR3, and the L2 frames in its four slots (MFN_INVALID
 * where there is none), so that a walk need not begin with it.
 */
extern mfn_t current_l2[4];
/* The current L3's entries have changed: let the CPU load them again. */
void base_reload(void);

#endif
