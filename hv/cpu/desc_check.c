/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Check of the guest's segment descriptors.
 *
 * Rings 1 and 2 are supervisor to paging, so only a segment's limit keeps ring 1 out of
 * the monitor. Descriptors that could bypass a limit are refused: system descriptors
 * (gates, TSS, LDT), expand-down segments for ring 1, and DPL 2. DPL 0 becomes 1, as in
 * Xen.
 */
#include <hv/desc_check.h>
#include <hv/errno.h>
#include <hv/layout.h>

#define TYPE_CODE	 0x800u
#define TYPE_EXPAND_DOWN 0x400u /* of a data segment */
#define ACCESSED	 0x100u
#define AVL_L		 0x200000u /* reserved in 32-bit mode */

struct desc desc_make(u32 base, u32 limit, u32 type_dpl)
{
	struct desc d;

	if (limit >= 0x100000) {
		limit >>= 12;
		type_dpl |= DESC_G;
	}
	d.lo = base << 16 | (limit & 0xffff);
	d.hi = (base & 0xff000000) | ((base >> 16) & 0xff) | (limit & 0xf0000) | type_dpl;
	return d;
}

static u32 desc_base(struct desc d)
{
	return d.lo >> 16 | (d.hi & 0xff) << 16 | (d.hi & 0xff000000);
}

/* The last offset in bytes that the limit allows. */
static u32 desc_limit(struct desc d)
{
	u32 limit = (d.lo & 0xffff) | (d.hi & 0xf0000);

	return d.hi & DESC_G ? limit << 12 | 0xfff : limit;
}

/* The same segment, shortened to end below HV_GUEST_LIMIT; 1 byte if none of it is below. */
static struct desc clamp(struct desc d)
{
	u32 base = desc_base(d), limit = desc_limit(d), room;

	if (base < HV_GUEST_LIMIT && limit <= HV_GUEST_LIMIT - 1 - base)
		return d;
	if (base >= HV_GUEST_LIMIT)
		return desc_make(0, 0, d.hi & 0x70ff00u);
	room = HV_GUEST_LIMIT - 1 - base;
	/* With 4 KiB granularity the low 12 bits of the limit count as ones. */
	if (room >= 0x100000)
		room = ((room - 0xfff) & ~0xfffu) | 0xfff;
	return desc_make(base, room, d.hi & 0x70ff00u);
}

int desc_check(struct desc in, struct desc *kernel, struct desc *user)
{
	struct desc d = in;
	u32 dpl = (d.hi >> 13) & 3;

	if (!(d.hi & DESC_P)) { /* cannot be loaded: an empty descriptor does the same */
		kernel->lo = kernel->hi = user->lo = user->hi = 0;
		return 0;
	}
	if (!(d.hi & DESC_S) || dpl == 2)
		return -EINVAL;
	if (dpl == 0) {
		dpl = 1;
		d.hi |= DESC_DPL(1);
	}
	d.hi = (d.hi | ACCESSED) & ~AVL_L;
	if (!(d.hi & TYPE_CODE) && (d.hi & TYPE_EXPAND_DOWN)) {
		if (dpl != 3)
			return -EINVAL;
		/* Expand-down: the segment reaches to 4 GiB. Ring 1 gets one byte instead. */
		*user = d;
		*kernel = desc_make(0, 0, (d.hi & 0x70ff00u) & ~TYPE_EXPAND_DOWN);
		return 0;
	}
	*kernel = clamp(d);
	*user = dpl == 3 ? d : *kernel;
	return 0;
}
