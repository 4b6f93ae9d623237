/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which bits a guest's page-table entry may have. Pure decisions; page_type.h deals
 * with the frame that the entry names. The rules and their reasons are in
 * mm/pt_check.c; the functions of the hot path are inline here.
 *
 * An entry is handled as two words. The high word has NX and the address bits above
 * 4 GiB, the low word everything else.
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
/* Low bits that the monitor clears in a present entry. */
#define L1_STRIP_LO LO_G
#define L3_STRIP_LO LO_A

/* Entries of a table. Of an L3 the CPU and the monitor use only the first 4. */
#define PT_ENTRIES 512
#define L3_ENTRIES 4
#define L3_TOP	   3 /* the slot whose L2 maps 3..4 GiB */

/* High bits that a present L1 or L2 entry must not have on this machine. */
extern u32 pt_bad_hi;

/* Called at boot before any table is checked. */
void pt_check_init(unsigned int maxphyaddr, bool nx);

/* The three functions are for present entries; an absent entry may have any bits. */
static always_inline bool pt_l1_legal(u32 lo, u32 hi)
{
	return !((lo & L1_BAD_LO) | (hi & pt_bad_hi));
}
bool pt_l2_legal(u32 lo, u32 hi);
bool pt_l3_legal(u32 lo, u32 hi);

/* Does the entry name a frame above 4 GiB? The monitor uses no RAM there. */
static always_inline bool pt_is_high(u32 hi)
{
	return hi & HI_ADDR;
}

/*
 * Of two present L1 entries: does the new one hold the same references as the old one?
 * Then it may replace the old one without counting; only its bits must be legal.
 */
static always_inline bool pt_l1_same_hold(u32 old_lo, u32 old_hi, u32 lo, u32 hi)
{
	return !(((old_lo ^ lo) & (LO_ADDR | LO_RW | LO_PWT | LO_PCD)) | ((old_hi ^ hi) & HI_ADDR));
}

/* The same for two present L2 or L3 entries: both name the same table below. */
static always_inline bool pt_same_table(u32 old_lo, u32 old_hi, u32 lo, u32 hi)
{
	return !(((old_lo ^ lo) & LO_ADDR) | ((old_hi ^ hi) & HI_ADDR));
}

/* The owner of the frame that an entry names, and the reference an L1 entry must hold. */
enum pt_owner { PT_MONITOR, PT_GUEST, PT_DEVICE, PT_FIRMWARE };
enum pt_hold { PT_REFUSE, PT_NOTHING, PT_READ_ONLY, PT_FRAME, PT_WRITABLE };
enum pt_hold pt_l1_hold(u32 lo, enum pt_owner owner);

/* Is this slot of an L2 one of the monitor's? */
bool pt_monitor_slot(bool top_l2, unsigned int slot);

#endif
