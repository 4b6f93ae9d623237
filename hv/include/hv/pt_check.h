/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is this page-table entry one a guest may have? Pure decisions on the bits;
 * whose frame it names is another question (page_type.h). The rules and their
 * reasons are in mm/pt_check.c; what the hot path asks is inline here.
 *
 * An entry is handled as two words: everything but NX and the addresses above
 * 4 GiB is in the low one.
 */
#ifndef HV_PT_CHECK_H
#define HV_PT_CHECK_H

#include <hv/types.h>

typedef u32 __attribute__((may_alias)) pte_word;

#define LO_P	0x001u
#define LO_RW	0x002u
#define LO_US	0x004u
#define LO_PWT	0x008u
#define LO_PCD	0x010u
#define LO_A	0x020u
#define LO_D	0x040u
#define LO_PS	0x080u
#define LO_G	0x100u
#define LO_ADDR 0xfffff000u
#define HI_NX	0x80000000u
#define HI_ADDR 0x7fffffffu /* of a legal entry */

/* Low bits that a present entry must not have. */
#define L1_BAD_LO LO_PS
#define L2_BAD_LO (LO_PWT | LO_PCD | LO_PS | LO_G)
#define L3_BAD_LO (LO_RW | LO_US | LO_PWT | LO_PCD | LO_D | LO_PS | LO_G)
/* Low bits that are taken out of a present entry. */
#define L1_STRIP_LO LO_G
#define L3_STRIP_LO LO_A

/* Entries of a table; an L3 has 4, the rest of its frame means nothing. */
#define PT_ENTRIES 512
#define L3_ENTRIES 4
#define L3_TOP	   3 /* the slot whose L2 maps 3..4 GiB */

/* High bits that a present L1 or L2 entry must not have on this machine. */
extern u32 pt_bad_hi;

/* At boot, before any table is looked at. */
void pt_check_init(unsigned int maxphyaddr, bool nx);

/* All three: of present entries only; an absent entry may hold anything. */
static always_inline bool pt_l1_legal(u32 lo, u32 hi)
{
	return !((lo & L1_BAD_LO) | (hi & pt_bad_hi));
}
bool pt_l2_legal(u32 lo, u32 hi);
bool pt_l3_legal(u32 lo, u32 hi);

/* Does the entry name a frame above 4 GiB (which is never RAM to us)? */
static always_inline bool pt_is_high(u32 hi)
{
	return hi & HI_ADDR;
}

/*
 * Both present: does the new L1 entry hold just what the old one held, so that
 * it can replace it with nothing counted and nothing checked but legality?
 */
static always_inline bool pt_l1_same_hold(u32 old_lo, u32 old_hi, u32 lo, u32 hi)
{
	return !(((old_lo ^ lo) & (LO_ADDR | LO_RW | LO_PWT | LO_PCD)) | ((old_hi ^ hi) & HI_ADDR));
}

/* The same for a table entry (L2, L3): the table below stays. */
static always_inline bool pt_same_table(u32 old_lo, u32 old_hi, u32 lo, u32 hi)
{
	return !(((old_lo ^ lo) & LO_ADDR) | ((old_hi ^ hi) & HI_ADDR));
}

/* Whose memory an entry names, and what an L1 entry has to hold of it. */
enum pt_owner { PT_MONITOR, PT_GUEST, PT_DEVICE, PT_FIRMWARE };
enum pt_hold { PT_REFUSE, PT_NOTHING, PT_READ_ONLY, PT_FRAME, PT_WRITABLE };
enum pt_hold pt_l1_hold(u32 lo, enum pt_owner owner);

/* Is this slot of an L2 the monitor's? */
bool pt_monitor_slot(bool top_l2, unsigned int slot);

#endif
