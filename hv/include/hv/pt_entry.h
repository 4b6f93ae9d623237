/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing one entry of a table in use. `entry` is the monitor's window on it.
 * How it is to be changed is told by flags:
 */
#ifndef HV_PT_ENTRY_H
#define HV_PT_ENTRY_H

#include <hv/types.h>
#include <hv/mm.h>
#include <hv/pt_check.h>

#define SET_KEEP_AD	1u /* keep accessed and dirty bits the CPU has set */
#define SET_DEVICE_ONLY 2u /* the new frame must be a device's (DOMID_IO) */

/* 0 or -errno, and then nothing has changed. */
int l1_set(pte_word *entry, u32 lo, u32 hi, unsigned int how);
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
