// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypercall mmuext_op: pins, the base, flushes, and clearing or copying a frame
 * that the guest has not mapped. Owns TYPE_PINNED: a pinned table has one type reference
 * that only the guest's unpin drops.
 */
#include <hv/batch.h>
#include <hv/foreign.h>
#include <hv/map_cache.h>
#include <hv/page_type.h>
#include <hv/printk.h>
#include <hv/tlb.h>

static int pin(mfn_t mfn, u32 type)
{
	int rc = type_get(mfn, type);

	if (rc)
		return rc;
	if (frame_of(mfn)->type & TYPE_PINNED) {
		log_debug("mmuext_op: frame %x is pinned already", mfn);
		type_put(mfn);
		return -EINVAL;
	}
	frame_of(mfn)->type |= TYPE_PINNED;
	return 0;
}

static int unpin(mfn_t mfn)
{
	if (!frame_is_guest(mfn) || !(frame_of(mfn)->type & TYPE_PINNED)) {
		log_debug("mmuext_op: frame %x is not pinned", mfn);
		return -EINVAL;
	}
	frame_of(mfn)->type &= ~TYPE_PINNED;
	type_put(mfn);
	return 0;
}

static int clear_page(mfn_t mfn)
{
	u32 n = PAGE_SIZE / 4;
	int rc = type_get(mfn, TYPE_WRITABLE);
	void *to;

	if (rc)
		return rc;
	to = map_frame(MAP_COPY, mfn);
	asm volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(0) : "memory");
	type_put(mfn);
	return 0;
}

static int copy_page(mfn_t dst, mfn_t src)
{
	u32 n = PAGE_SIZE / 4;
	const void *from;
	void *to;
	int rc;

	if (!frame_is_guest(src))
		return -EPERM;
	rc = type_get(dst, TYPE_WRITABLE);
	if (rc)
		return rc;
	/* Two classes of the map cache: of one class both frames could need the same slot. */
	to = map_frame(MAP_COPY, dst);
	from = map_frame(MAP_TABLE, src);
	asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	type_put(dst);
	return 0;
}

static int one_op(const struct mmuext_op *op)
{
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
		return pin(op->arg1.mfn, TYPE_L1);
	case MMUEXT_PIN_L2_TABLE:
		return pin(op->arg1.mfn, TYPE_L2);
	case MMUEXT_PIN_L3_TABLE:
		return pin(op->arg1.mfn, TYPE_L3);
	case MMUEXT_UNPIN_TABLE:
		return unpin(op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR:
		return mm_new_base(op->arg1.mfn);

	/* Which virtual CPUs are to be flushed does not matter: there is one. */
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
		tlb_flush();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		if (op->arg1.linear_addr < HV_VIRT_START)
			tlb_flush_page(op->arg1.linear_addr);
		return 0;
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		caches_flush();
		return 0;

	case MMUEXT_SET_LDT:
		/* LDTs are not supported, so only an empty one can be set. */
		return op->arg2.nr_ents ? -EINVAL : 0;
	case MMUEXT_CLEAR_PAGE:
		return clear_page(op->arg1.mfn);
	case MMUEXT_COPY_PAGE:
		return copy_page(op->arg1.mfn, op->arg2.src_mfn);

	case MMUEXT_PIN_L4_TABLE:
	case MMUEXT_NEW_USER_BASEPTR:
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return -EOPNOTSUPP;
	default:
		log_debug("mmuext_op: no command %u", op->cmd);
		return -ENOSYS;
	}
}

long do_mmuext_op(struct regs *r)
{
	u32 from = hcall_arg0(r), count, i;
	int rc = foreign_check(hcall_arg3(r));

	if (rc < 0)
		return rc;
	count = batch_begin(r, sizeof(struct mmuext_op), &rc);
	if (rc)
		return rc;
	for (i = 0; batch_goes_on(i, count); i++, from += sizeof(struct mmuext_op)) {
		struct mmuext_op op;

		rc = copy_from_guest(&op, from, sizeof(op));
		if (!rc)
			rc = one_op(&op);
		if (rc)
			break;
	}
	return batch_end(r, __HYPERVISOR_mmuext_op, sizeof(struct mmuext_op), i, rc);
}
