// SPDX-License-Identifier: MIT
/*
 * Special entries of tables. The contents of absent entries, of memory behind the last entry
 * and of the monitor's slots have no effect. Validation clears bits of present entries only.
 * A change that needs the same references as before is never refused. A change of an entry
 * that the CPU cannot have cached needs no flush.
 */
#include "paging_calls.h"

#include <hv/map_cache.h>
#include <hv/page_type.h>
#include <hv/pt_check.h>
#include <hv/pt_entry.h>

enum { FIRMWARE_FRAME = 0x80 };

/* Entries that look as if they held a reference. */
#define ABSENT	    mfn_pte(DATA, PTE_RW | PTE_US | PTE_A | PTE_D | PTE_G)
#define BAD_BUT_LOW mfn_pte(MONITOR_FRAME, RW | PTE_A)

static void is_table(void)
{
	CHECK(type_is_table(TYPE_NONE), false);
	CHECK(type_is_table(TYPE_L1), true);
	CHECK(type_is_table(TYPE_L2 | TYPE_TOP_L2 | 7), true);
	CHECK(type_is_table(TYPE_L3), true);
	CHECK(type_is_table(TYPE_DESC), false);
	CHECK(type_is_table(TYPE_WRITABLE | TYPE_COUNT), false);
}

/* Validation reads the whole frame, and no byte of the next frame. */
static void l1_tables(void)
{
	ENTRY(SPARE, 0) = mfn_pte(DATA, RW | PTE_G);
	ENTRY(SPARE, 1) = ABSENT;
	ENTRY(SPARE, 2) = mfn_pte(FIRMWARE_FRAME, RW);
	ENTRY(SPARE, 511) = mfn_pte(DATA, PTE_P | PTE_G);
	ENTRY(SPARE2, 0) = BAD_BUT_LOW | PTE_G;
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), 0);
	CHECK(ENTRY(SPARE, 0), mfn_pte(DATA, RW));
	CHECK(ENTRY(SPARE, 1), ABSENT);
	CHECK(ENTRY(SPARE, 2), mfn_pte(FIRMWARE_FRAME, PTE_P));
	CHECK(ENTRY(SPARE, 511), mfn_pte(DATA, PTE_P));
	CHECK(ENTRY(SPARE2, 0), BAD_BUT_LOW | PTE_G);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);

	/* A bad entry: the references of the entries before are dropped, absent ones have none. */
	ENTRY(SPARE, 510) = mfn_pte(DATA, RW | PTE_PS);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), -EINVAL);
	ENTRY(SPARE, 510) = mfn_pte(DATA, RW) | 1ull << 62;
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), -EINVAL);
	ENTRY(SPARE, 510) = mfn_pte(L1, RW);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE, 0), -EBUSY);
	memset(ram[SPARE], 0, PAGE_SIZE);
}

static void l2_tables(void)
{
	ENTRY(SPARE, 0) = mfn_pte(L1, RW);
	ENTRY(SPARE, 1) = ABSENT;
	ENTRY(SPARE, 427) = mfn_pte(L1, RW);
	ENTRY(SPARE, 428) = mfn_pte(L1, RW);
	ENTRY(SPARE, 511) = mfn_pte(L1, RW);
	CHECK(ext(MMUEXT_PIN_L2_TABLE, SPARE, 0), 0);
	CHECK(ENTRY(SPARE, 1), ABSENT);
	CHECK(ENTRY(SPARE, 428), mfn_pte(L1, RW));
	CHECK(ENTRY(SPARE2, 0), BAD_BUT_LOW | PTE_G);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE, 0), 0);
	ENTRY(SPARE, 511) = BAD_BUT_LOW;
	CHECK(ext(MMUEXT_PIN_L2_TABLE, SPARE, 0), -EPERM);

	/* When SPARE becomes a top L2, only the monitor's slots are overwritten. */
	ENTRY(SPARE, 428) = BAD_BUT_LOW;
	ENTRY(SPARE3, 3) = mfn_pte(SPARE, PTE_P);
	CHECK(ext(MMUEXT_PIN_L3_TABLE, SPARE3, 0), 0);
	CHECK(ENTRY(SPARE, 427), mfn_pte(L1, RW));
	CHECK(ENTRY(SPARE, 428), hv_l2[428]);
	CHECK(ENTRY(SPARE, 511), hv_l2[511]);
	CHECK(ENTRY(SPARE2, 0), BAD_BUT_LOW | PTE_G);
	CHECK(set(AT(SPARE, 427), 0), 0);
	CHECK(set(AT(SPARE, 428), 0), -EPERM);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE3, 0), 0);
	memset(ram[SPARE], 0, PAGE_SIZE);
	memset(ram[SPARE3], 0, PAGE_SIZE);
}

static void l3_tables(void)
{
	ENTRY(SPARE3, 0) = mfn_pte(L2, PTE_P | PTE_A);
	ENTRY(SPARE3, 1) = ABSENT;
	ENTRY(SPARE3, 3) = mfn_pte(SPARE, PTE_P | PTE_A);
	ENTRY(SPARE3, 4) = BAD_BUT_LOW;
	CHECK(ext(MMUEXT_PIN_L3_TABLE, SPARE3, 0), 0);
	CHECK(ENTRY(SPARE3, 0), mfn_pte(L2, PTE_P));
	CHECK(ENTRY(SPARE3, 1), ABSENT);
	CHECK(ENTRY(SPARE3, 3), mfn_pte(SPARE, PTE_P));
	CHECK(ENTRY(SPARE3, 4), BAD_BUT_LOW);
	/* An absent entry may have any contents. A present one must be legal. */
	CHECK(set(AT(SPARE3, 1), PTE_A | PTE_RW | PTE_PS), 0);
	CHECK(ENTRY(SPARE3, 1), PTE_A | PTE_RW | PTE_PS);
	CHECK(set(AT(SPARE3, 1), mfn_pte(L2, 0)), 0);
	CHECK(set(AT(SPARE3, 1), mfn_pte(L2, PTE_P)), 0);
	CHECK(set(AT(SPARE3, 1), mfn_pte(L2, 0)), 0);
	CHECK(set(AT(SPARE3, 2), mfn_pte(L2, PTE_P)), 0);
	CHECK(set(AT(SPARE3, 2), mfn_pte(L2, RW)), -EINVAL);
	CHECK(set(AT(SPARE3, 2), mfn_pte(DATA2, PTE_P)), 0);
	CHECK(set(AT(SPARE3, 2), mfn_pte(L1, PTE_P)), -EINVAL);
	CHECK(set(AT(SPARE3, 2), mfn_pte(L2, PTE_P)), 0);
	/* SPARE3 is not in CR3: a change of its entries does not reload CR3. */
	tlb_stale = true;
	CHECK(set(AT(SPARE3, 0), 0), 0);
	CHECK(tlb_stale, true);
	CHECK(set(AT(L3, 1), mfn_pte(L2, PTE_P)), 0);
	CHECK(current_l2[1], L2);
	CHECK(set(AT(L3, 1), 0), 0);
	CHECK(current_l2[1], MFN_INVALID);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE3, 0), 0);
	memset(ram[SPARE], 0, PAGE_SIZE);

	/* Slot 2 is bad: the reference of slot 0 is dropped. */
	ENTRY(SPARE3, 0) = mfn_pte(L2, PTE_P);
	ENTRY(SPARE3, 1) = ABSENT;
	ENTRY(SPARE3, 2) = mfn_pte(L1, PTE_P);
	ENTRY(SPARE3, 3) = mfn_pte(SPARE, PTE_P);
	CHECK(ext(MMUEXT_PIN_L3_TABLE, SPARE3, 0), -EINVAL);
	memset(ram[SPARE3], 0, PAGE_SIZE);
}

static void l1_changes(void)
{
	CHECK(set(AT(L1, 20), ABSENT), 0);
	CHECK(set(AT(L1, 20), ABSENT | PTE_AVL), 0);
	CHECK(ENTRY(L1, 20), ABSENT | PTE_AVL);
	CHECK(set(AT(L1, 20) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(DATA, PTE_P)), 0);
	CHECK(ENTRY(L1, 20), mfn_pte(DATA, PTE_P));
	CHECK(set(AT(L1, 20), mfn_pte(DATA, PTE_P | PTE_US | PTE_G)), 0);
	CHECK(ENTRY(L1, 20), mfn_pte(DATA, PTE_P | PTE_US));
	/* Firmware is mapped read-only, in place of a present and of an absent entry. */
	CHECK(set(AT(L1, 20), mfn_pte(FIRMWARE_FRAME, RW)), 0);
	CHECK(ENTRY(L1, 20), mfn_pte(FIRMWARE_FRAME, PTE_P));
	CHECK(set(AT(L1, 20), 0), 0);
	CHECK(set(AT(L1, 20), mfn_pte(FIRMWARE_FRAME, RW)), 0);
	CHECK(ENTRY(L1, 20), mfn_pte(FIRMWARE_FRAME, PTE_P));
	CHECK(set(AT(L1, 20), mfn_pte(DATA, RW)), 0);
	CHECK(set(AT(L1, 20), mfn_pte(L1, RW)), -EBUSY);
	CHECK(set_for(AT(L1, 20), mfn_pte(DATA2, PTE_P), DOMID_IO), -EPERM);
	CHECK(set_for(AT(L1, 22), mfn_pte(DATA2, RW), DOMID_IO), -EPERM);
	CHECK(set(AT(L1, 20), mfn_pte(DATA, RW | PTE_PCD)), -EINVAL);
	CHECK(set(AT(L1, 22), mfn_pte(DATA, RW | PTE_PCD)), -EINVAL);
	CHECK(set(AT(L1, 22), mfn_pte(DATA, RW | PTE_PS)), -EINVAL);
	CHECK(set(AT(L1, 22), mfn_pte(L1, RW)), -EBUSY);
	CHECK(ENTRY(L1, 20), mfn_pte(DATA, RW));
	CHECK(ENTRY(L1, 22), 0);
	CHECK(set(AT(L1, 20), mfn_pte(DATA, PTE_P)), 0);

	/* Only the removal of a writable entry leaves a stale translation that matters. */
	tlb_flush();
	CHECK(set(AT(L1, 20), mfn_pte(DATA2, RW)), 0);
	CHECK(tlb_stale, false);
	CHECK(set(AT(L1, 20), mfn_pte(DATA2, RW | PTE_US)), 0);
	CHECK(tlb_stale, false);
	CHECK(set(AT(L1, 20), mfn_pte(DATA, PTE_P)), 0);
	CHECK(tlb_stale, true);
	tlb_flush();
	CHECK(set(AT(L1, 20), 0), 0);
	CHECK(tlb_stale, false);
	CHECK(set(AT(L1, 20), mfn_pte(DEVICE_FRAME, RW)), 0);
	CHECK(set(AT(L1, 20), 0), 0);
	CHECK(set(AT(L1, 20), mfn_pte(NR_FRAMES, RW)), 0);
	CHECK(set(AT(L1, 20), 0), 0);
	CHECK(set(AT(L1, 20), 1ull << 35 | mfn_pte(DATA, RW)), 0);
	CHECK(set(AT(L1, 20), 0), 0);
	CHECK(frame_table[DEVICE_FRAME].count, FRAME_IO);
	CHECK(frame_table[DEVICE_FRAME].type, TYPE_NONE);
}

static void l2_changes(void)
{
	tlb_flush();
	CHECK(set(AT(L2, 20), ABSENT | PTE_PS), 0);
	CHECK(ENTRY(L2, 20), ABSENT | PTE_PS);
	/* The absent entry names the same table, but holds no reference. */
	CHECK(set(AT(L2, 20), mfn_pte(L1, PTE_A | PTE_D)), 0);
	CHECK(set(AT(L2, 20) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(L1, RW)), 0);
	CHECK(ENTRY(L2, 20), mfn_pte(L1, RW));
	CHECK(tlb_stale, false);
	ENTRY(L2, 20) |= PTE_A; /* the CPU */
	CHECK(set(AT(L2, 20), mfn_pte(L1, RW | PTE_PCD)), -EINVAL);
	CHECK(set(AT(L2, 20) | MMU_PT_UPDATE_PRESERVE_AD, mfn_pte(L1, PTE_RW)), 0);
	CHECK(ENTRY(L2, 20), mfn_pte(L1, PTE_RW));
	CHECK(tlb_stale, true);
	/* Replace one table by another. */
	CHECK(set(AT(L2, 20), mfn_pte(L1, RW)), 0);
	CHECK(set(AT(L2, 20), mfn_pte(SPARE, RW)), 0);
	CHECK(set(AT(L2, 20), mfn_pte(L2, RW)), -EINVAL);
	CHECK(ENTRY(L2, 20), mfn_pte(SPARE, RW));
	/* An absent entry with the same table and an illegal bit. */
	CHECK(set(AT(L2, 20), mfn_pte(L1, PTE_PS)), 0);
	CHECK(set(AT(L2, 20), 0), 0);
	CHECK(ext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
}

/* A frame whose type does not change needs no flush, and is not validated again. */
static void types(void)
{
	memset(&frame_table[SPARE2].type, 0, sizeof(u32));
	tlb_stale = true;
	held_typed[SPARE2]++;
	CHECK(frame_get_type(SPARE2, TYPE_WRITABLE), 0);
	CHECK(tlb_stale, true);
	batch_work = 0;
	held_typed[SPARE2]--;
	frame_put_type(SPARE2);
	held_typed[SPARE2]++;
	CHECK(frame_get_type(SPARE2, TYPE_WRITABLE), 0);
	CHECK(tlb_stale, true);
	held_typed[SPARE2]--;
	frame_put_type(SPARE2);
	CHECK(batch_work, 0);
	memset(ram[SPARE2], 0, PAGE_SIZE);
	CHECK(frame_get_type(MONITOR_FRAME, TYPE_DESC), -EPERM);
	CHECK(frame_get_type(NR_FRAMES, TYPE_DESC), -EPERM);
	CHECK(ext(MMUEXT_PIN_L1_TABLE, SPARE2, 0), 0);
	CHECK(tlb_stale, false);
	CHECK(batch_work, 1);
	CHECK(ext(MMUEXT_UNPIN_TABLE, SPARE2, 0), 0);
	CHECK(batch_work, 2);
}

/* With all counts at their maximum, an entry may be changed to one with the same references. */
static void full_frames(void)
{
	struct frame was = frame_table[DATA2];

	CHECK(set(AT(L1, 21), mfn_pte(DATA2, RW)), 0);
	was = frame_table[DATA2];
	frame_table[DATA2] = (struct frame){ FRAME_OWNED | FRAME_FULL, TYPE_WRITABLE | TYPE_FULL };
	if (set(AT(L1, 21), mfn_pte(DATA2, RW | PTE_US)) ||
	    ENTRY(L1, 21) != mfn_pte(DATA2, RW | PTE_US))
		fail("refused what it has");
	if (set(AT(L1, 23), mfn_pte(DATA2, PTE_P)) != -EBUSY ||
	    set(AT(L1, 23), mfn_pte(DATA2, RW)) != -EBUSY || ENTRY(L1, 23))
		fail("an entry too many");
	if (frame_get_type(DATA2, TYPE_WRITABLE) != -EBUSY || frame_get(DATA2) != -EBUSY)
		fail("one too many");
	frame_table[DATA2] = (struct frame){ FRAME_OWNED | 9, TYPE_WRITABLE | TYPE_FULL };
	if (frame_get_type(DATA2, TYPE_WRITABLE) != -EBUSY || frame_get(DATA2))
		fail("a use too many");
	frame_table[DATA2] = (struct frame){ FRAME_OWNED | FRAME_FULL, TYPE_WRITABLE | 9 };
	if (frame_get_type(DATA2, TYPE_WRITABLE) != -EBUSY)
		fail("a reference too many");
	frame_table[DATA2] = was;
	CHECK(set(AT(L1, 21), 0), 0);
}

/* ---- the base ---- */

static void no_base(void)
{
	CHECK(mm_fixup_fault(NULL, HV_VIRT_START), false);
}

/* mm_adopt() panics if the domain builder's tables are invalid. */
static void bad_builder(void)
{
	jmp_buf here;

	if (!setjmp(here)) {
		panic_expected = &here;
		mm_adopt(SPARE);
		fail("an empty L3 was adopted");
	}
	panic_expected = NULL;
	CHECK(frame_table[SPARE].type & (TYPE_PINNED | TYPE_COUNT), 0);
}

static void missed_slots(void)
{
	pte_t grown = hv_l2[500];

	ENTRY(TOP, 428) = 0;
	ENTRY(TOP, 511) = 0;
	ENTRY(TOP, 500) = 0;
	hv_l2[500] = 0;
	if (mm_fixup_fault(NULL, 0xc0000000 + (500u << 21)) || ENTRY(TOP, 500))
		fail("the monitor has nothing there either");
	hv_l2[500] = grown;
	if (mm_fixup_fault(NULL, 428u << 21) || mm_fixup_fault(NULL, HV_VIRT_START - 1) ||
	    mm_fixup_fault(NULL, 0) || ENTRY(TOP, 427))
		fail("that is the guest's");
	if (!mm_fixup_fault(NULL, HV_VIRT_START) || ENTRY(TOP, 428) != hv_l2[428])
		fail("the first slot");
	if (!mm_fixup_fault(NULL, 0xffffffff) || ENTRY(TOP, 511) != hv_l2[511])
		fail("the last slot");
	if (!mm_fixup_fault(NULL, 0xc0000000 + (500u << 21) + 0x1234))
		fail("one that has come to be");
	CHECK(ENTRY(TOP, 500), grown);
	CHECK(mm_fixup_fault(NULL, HV_VIRT_START), false);
}

int main(void)
{
	machine_init();
	no_base();
	build();
	is_table();
	l1_tables();
	l2_tables();
	l3_tables();
	l1_changes();
	l2_changes();
	types();
	full_frames();
	bad_builder();
	missed_slots();
	printf("%u checks\nTest result: SUCCESS\n", checks);
	return 0;
}
