// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercalls that change page-table entries: mmu_update names the entry by its
 * machine address, update_va_mapping by the address that the entry maps. This file
 * decodes the arguments and finds the entry; pt_entry.c decides what may be written.
 *
 * The hot path changes one L1 entry: one_update() and va_mapping() touch the table's
 * type word, the map cache's tag, the entry and the two words of struct frame.
 */
#include <hv/batch.h>
#include <hv/foreign.h>
#include <hv/map_cache.h>
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/pt_entry.h>
#include <hv/tlb.h>

/* Read a word of the guest's memory; go to the label `fault` if that faults. */
#define GET_WORD(to, from, fault)                 \
	asm goto("1: movl %1, %0\n"               \
		 ".pushsection .extable, \"a\"\n" \
		 ".long 1b, %l2\n"                \
		 ".popsection"                    \
		 : "=r"(to)                       \
		 : "m"(*(const u32 *)(from))      \
		 :                                \
		 : fault)

/*
 * The frame is not in use as a page table: the entry is written as ordinary memory,
 * which needs TYPE_WRITABLE. A frame in use as another type is refused.
 */
static int plain_update(mfn_t mfn, u32 offset, u32 lo, u32 hi)
{
	pte_word *entry;
	int rc = type_get(mfn, TYPE_WRITABLE);

	if (rc)
		return rc;
	entry = map_frame_fast(MAP_COPY, mfn) + offset;
	entry[0] = lo;
	entry[1] = hi;
	type_put(mfn);
	return 0;
}

/* The update of an entry that is not in a validated L1. */
static noinline int other_update(mfn_t mfn, u32 offset, u32 lo, u32 hi, unsigned int how)
{
	u32 type = frame_of(mfn)->type;

	if (!frame_is_guest(mfn)) {
		log_debug("mmu_update: table %x is not the guest's", mfn);
		return -EPERM;
	}
	if (!(type & TYPE_VALIDATED))
		return plain_update(mfn, offset, lo, hi);
	if ((type & TYPE_MASK) == TYPE_L2)
		return l2_set(map_frame_fast(MAP_TABLE2, mfn) + offset, mfn, offset / 8, lo, hi,
			      how);
	return l3_set(map_frame_fast(MAP_TABLE3, mfn) + offset, mfn, offset / 8, lo, hi, how);
}

static noinline int other_command(u32 command, mfn_t mfn, u32 value)
{
	if (command != MMU_MACHPHYS_UPDATE) {
		log_debug("mmu_update: no command %u", command);
		return -ENOSYS;
	}
	if (!frame_is_guest(mfn))
		return -EPERM;
	m2p_rw[mfn] = value;
	return 0;
}

static always_inline int one_update(u32 ptr, u32 lo, u32 hi, unsigned int how)
{
	u32 command = ptr & 7, offset = ptr & (PAGE_SIZE - 8);
	mfn_t mfn = ptr >> PAGE_SHIFT;

	if (unlikely(mfn >= max_mfn))
		return -EINVAL;
	if (command != MMU_NORMAL_PT_UPDATE) {
		if (command == MMU_PT_UPDATE_PRESERVE_AD)
			how |= SET_KEEP_AD;
		else if (command != MMU_PT_UPDATE_NO_TRANSLATE)
			return other_command(command, mfn, lo);
	}
	/* TYPE_VALIDATED implies that the frame is the guest's and in use. */
	if (likely((frame_of(mfn)->type & (TYPE_MASK | TYPE_VALIDATED)) ==
		   (TYPE_L1 | TYPE_VALIDATED)))
		return l1_set(map_frame_fast(MAP_TABLE, mfn) + offset, lo, hi, how);
	return other_update(mfn, offset, lo, hi, how);
}

long do_mmu_update(struct regs *r)
{
	u32 from = hcall_arg0(r), count, i;
	int rc, how = foreign_check(hcall_arg3(r));

	if (unlikely(how < 0))
		return how;
	how = how ? SET_DEVICE_ONLY : 0;
	count = batch_begin(r, sizeof(struct mmu_update), &rc);
	if (unlikely(rc))
		return rc;
	for (i = 0; batch_goes_on(i, count); i++, from += sizeof(struct mmu_update)) {
		u32 ptr, ptr_hi, lo, hi;

		GET_WORD(ptr, from, fault);
		GET_WORD(ptr_hi, from + 4, fault);
		GET_WORD(lo, from + 8, fault);
		GET_WORD(hi, from + 12, fault);
		rc = unlikely(ptr_hi) ? -EINVAL : one_update(ptr, lo, hi, how);
		if (unlikely(rc))
			break;
	}
	goto end;
fault:
	rc = -EFAULT;
end:
	return batch_end(r, __HYPERVISOR_mmu_update, sizeof(struct mmu_update), i, rc);
}

/* The L1 entry that maps va, through the map cache; NULL: there is no L1 table. */
static always_inline pte_word *walk(u32 va)
{
	mfn_t l2 = current_l2[va >> 30];
	const pte_word *e;

	if (unlikely(va >= HV_VIRT_START || l2 == MFN_INVALID))
		return NULL;
	e = (const pte_word *)map_frame_fast(MAP_TABLE2, l2) + (va >> 21 & 511) * 2;
	if (unlikely(!(e[0] & LO_P)))
		return NULL;
	return (pte_word *)map_frame_fast(MAP_TABLE, e[0] >> PAGE_SHIFT) + (va >> 12 & 511) * 2;
}

static always_inline int va_mapping(struct regs *r, unsigned int how)
{
	u32 va = hcall_arg0(r), flags = hcall_arg3(r);
	pte_word *entry = walk(va);
	int rc;

	if (unlikely(!entry)) {
		log_debug("update_va_mapping: no L1 table for %08x", va);
		return -EINVAL;
	}
	rc = l1_set(entry, hcall_arg1(r), hcall_arg2(r), how);
	/* The other bits name virtual CPUs; there is only one. */
	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_INVLPG:
		tlb_flush_page(va);
		break;
	case UVMF_TLB_FLUSH:
		tlb_flush();
		break;
	}
	return rc;
}

long do_update_va_mapping(struct regs *r)
{
	return va_mapping(r, 0);
}

long do_update_va_mapping_otherdomain(struct regs *r)
{
	u32 domid = hcall_arg4(r);

	if (domid == DOMID_IO)
		return va_mapping(r, SET_DEVICE_ONLY);
	return domid_is_self(domid) ? va_mapping(r, 0) : -ESRCH;
}
