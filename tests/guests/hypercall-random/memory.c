// SPDX-License-Identifier: MIT
/* Owns the games with page tables, and the arguments of the calls about memory. */
#include "game.h"

static u32 in_play(void)
{
	return frames[below(ARRAY_SIZE(frames))];
}

/* Fills a table with entries that are valid most of the time. */
static void fill_table(volatile u64 *table, u32 level)
{
	u32 i, n;

	for (i = 0; i < L1_ENTRIES; i++)
		table[i] = 0;
	switch (level) {
	case 1:
		for (n = below(32); n; n--)
			table[below(512)] =
				one_in(50) ? some_pte() :
					     pte(in_play(), PTE_P | (one_in(3) ? PTE_RW : 0));
		break;
	case 2:
		for (n = below(6); n; n--)
			table[below(512)] =
				one_in(10) ? some_pte() : pte(in_play(), PTE_P | PTE_RW | PTE_US);
		break;
	default:
		for (i = 0; i < 3; i++)
			if (one_in(2))
				table[i] = one_in(20) ? some_pte() : pte(in_play(), PTE_P);
		table[3] = deadly && one_in(3) ? pte(in_play(), PTE_P) : pte(real_tables[1], PTE_P);
		return;
	}
	/* With another table there, the base would end this guest. */
	if (!deadly)
		table[3] = 0;
}

void fill_some_page(void)
{
	u32 *page = (u32 *)play[below(NR_PLAY)], i, kind = below(6);

	/* The page may not be writable now, or may map another frame. */
	if (!page_writable((u8 *)page))
		return;
	if (kind && kind <= 3) {
		fill_table((u64 *)page, kind);
		return;
	}
	for (i = 0; i < PAGE_SIZE / 4; i += 2) {
		u64 v = kind == 5 ? (u64)rnd() << 32 | rnd() : 0;

		if (kind == 4 && one_in(100))
			v = legal_descriptor();
		page[i] = (u32)v;
		page[i + 1] = (u32)(v >> 32);
	}
}

/* Makes a frame a table by the steps of an ordinary guest: fill, make read-only, pin. */
void build_table(void)
{
	u32 i = below(NR_PLAY), level = 1 + below(3), command = level - 1 + MMUEXT_PIN_L1_TABLE;

	if (page_map(play[i], frames[i], PTE_WRITABLE))
		return;
	fill_table((u64 *)play[i], level);
	if (page_map(play[i], frames[i], PTE_READONLY) ||
	    (one_in(2) && mmuext(command, frames[i], 0)))
		return;
	switch (level) {
	case 1: /* into a free entry of the running L2 */
		mmu_update_one(machine_of((void *)&top_l2[130 + below(290)]),
			       pte(frames[i], PTE_P | PTE_RW | PTE_US));
		break;
	case 2:
		mmu_update_one(machine_of((void *)&real_l3[below(3)]), pte(frames[i], PTE_P));
		break;
	default:
		mmuext(MMUEXT_NEW_BASEPTR, frames[i], 0);
	}
}

/* Descriptors most of which are valid, most of them at indices that selectors use. */
void build_gdt(void)
{
	u32 i = below(NR_PLAY), k;
	unsigned long frame = frames[i];
	volatile u64 *page = (u64 *)play[i];

	if (page_map(page, frames[i], PTE_WRITABLE))
		return;
	for (k = 0; k < L1_ENTRIES; k++)
		page[k] = k < 16 || one_in(64) ? legal_descriptor() : 0;
	if (!page_map(page, frames[i], PTE_READONLY) && !hypercall(set_gdt, &frame, 1 + below(512)))
		gdt_frame = frames[i];
}

static void mmu_update(struct call *c)
{
	u32 n = 1 + below(12), i, size = n * sizeof(struct mmu_update);
	struct mmu_update *list;
	void *fill;

	c->arg[0] = some_place(size, &fill);
	list = fill;
	for (i = 0; i < n; i++) {
		u32 high, ptr = some_entry(&high);

		list[i].ptr = (u64)high << 32 | ptr;
		if (one_in(4))
			list[i].ptr |= below(one_in(8) ? 8 : 4);
		/* MMU_MACHPHYS_UPDATE is of a frame, not of an entry. */
		list[i].val = some_pte();
	}
	c->arg[1] = one_in(16) ? some_number() : n;
	if (c->arg[1] > n && !deadly)
		c->arg[0] = place_at_end(list, n * sizeof(*list));
	c->arg[2] = 0;
	if (one_in(16)) {
		c->arg[2] = some_place(4, &fill);
		*(u32 *)fill = some_number();
	}
	c->arg[3] = one_in(16) ? (one_in(2) ? DOMID_IO : rnd() & 0xffff) : DOMID_SELF;
}

static void mmuext_op(struct call *c)
{
	static const u32 usual[] = {
		MMUEXT_PIN_L1_TABLE, MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE, MMUEXT_UNPIN_TABLE,
		MMUEXT_UNPIN_TABLE,  MMUEXT_NEW_BASEPTR,  MMUEXT_CLEAR_PAGE,   MMUEXT_COPY_PAGE,
	};
	u32 n = 1 + below(6), i;
	struct mmuext_op *list;
	void *fill;

	c->arg[0] = some_place(n * sizeof(*list), &fill);
	list = fill;
	for (i = 0; i < n; i++) {
		list[i].cmd = one_in(3) ? below(22) : PICK(usual);
		list[i].arg1.mfn = one_in(4) ? some_frame() : in_play();
		if (one_in(32))
			list[i].arg1.mfn = real_tables[0] + below((u32)start_info->nr_pt_frames);
		list[i].arg2.src_mfn = one_in(4) ? some_number() : some_frame();
		if (one_in(256))
			list[i].cmd = rnd();
		/* Do not unpin the running tables. */
		if (!deadly && list[i].cmd == MMUEXT_UNPIN_TABLE)
			list[i].arg1.mfn = in_play();
		/* A cache flush is slow, and needs few tries. */
		if ((list[i].cmd == MMUEXT_FLUSH_CACHE ||
		     list[i].cmd == MMUEXT_FLUSH_CACHE_GLOBAL) &&
		    !one_in(32))
			list[i].cmd = MMUEXT_INVLPG_LOCAL;
	}
	c->arg[1] = one_in(16) ? some_number() : n;
	if (c->arg[1] > n && !deadly)
		c->arg[0] = place_at_end(list, n * sizeof(*list));
	c->arg[2] = 0;
	if (one_in(16)) {
		c->arg[2] = some_place(4, &fill);
		*(u32 *)fill = some_number();
	}
	c->arg[3] = one_in(16) ? rnd() & 0xffff : DOMID_SELF;
}

static void va_mapping(struct call *c)
{
	u64 e = some_pte();

	c->arg[0] = some_va();
	c->arg[1] = (u32)e;
	c->arg[2] = (u32)(e >> 32);
	c->arg[3] = one_in(4) ? rnd() : below(4);
	c->arg[4] = one_in(2) ? DOMID_IO : one_in(4) ? rnd() & 0xffff : DOMID_SELF;
}

static void memory_op(struct call *c)
{
	static const u32 usual[] = {
		XENMEM_increase_reservation, XENMEM_decrease_reservation,
		XENMEM_populate_physmap,     XENMEM_decrease_reservation,
		XENMEM_current_reservation,  XENMEM_maximum_reservation,
		XENMEM_maximum_gpfn,	     XENMEM_maximum_ram_page,
		XENMEM_memory_map,	     XENMEM_machine_memory_map,
		XENMEM_machphys_mfn_list,    XENMEM_machphys_mapping,
	};
	struct xen_memory_reservation *r;
	u32 n = some_count(4), i, list;
	void *fill;

	c->arg[0] = one_in(8) ? rnd() & (one_in(2) ? 63 : ~0u) : PICK(usual);
	list = some_place(4 * 8, &fill);
	for (i = 0; i < 8; i++)
		((u32 *)fill)[i] = in_play();
	c->arg[1] = some_place(sizeof(*r), &fill);
	r = fill;
	switch (c->arg[0]) {
	case XENMEM_memory_map:
	case XENMEM_machine_memory_map: {
		struct xen_memory_map *m = fill;

		m->nr_entries = some_count(32);
		m->buffer.p = (void *)list;
		break;
	}
	case XENMEM_machphys_mfn_list: {
		struct xen_machphys_mfn_list *m = fill;

		m->max_extents = some_count(16);
		m->extent_start.p = (void *)list;
		break;
	}
	default:
		*r = (struct xen_memory_reservation){
			.nr_extents = n,
			.extent_order = one_in(8) ? some_number() : 0,
			.domid = one_in(8) ? (u16)rnd() : DOMID_SELF,
		};
		r->extent_start.p = (void *)(one_in(16) ? 0 : list);
	}
}

void memory_call(struct call *c)
{
	switch (c->nr) {
	case __HYPERVISOR_mmu_update:
		mmu_update(c);
		break;
	case __HYPERVISOR_mmuext_op:
		mmuext_op(c);
		break;
	case __HYPERVISOR_memory_op:
		memory_op(c);
		break;
	default:
		va_mapping(c);
	}
}
