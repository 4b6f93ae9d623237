// SPDX-License-Identifier: MIT
/*
 * The descriptor tables: their contents after boot; set_gdt and update_descriptor with
 * every number of entries at a bound and each reason for a refusal. After each call: the
 * references, the checked copies, and their mappings.
 *
 * Cannot tell: what the CPU makes of a descriptor; guests/hostile-descriptors does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/gdt.h>
#include <hv/hypercall.h>
#include <hv/mm.h>

#include "check.h"
#include "fake_cpu.h"
#include "silent_log.h"

#define FRAMES 24u /* of the guest */
#define PAGES  14u
#define EACH   512u
#define OURS   14u /* index of the monitor's page in a table */

/* ---- the rest of the monitor ---- */

pte_t hv_l2[512];
u32 have_nx;
struct tss tss, double_fault_tss;
static struct desc frames[FRAMES][EACH] __aligned(4096);
static u32 desc_refs[FRAMES], writable_refs[FRAMES];
static u32 heap_left = 2;
static u8 *taken[200]; /* by heap_pages(), and never freed */
static u32 nr_taken;
static bool heap_refuses;	    /* the next heap_pages() fails */
static mfn_t refused = MFN_INVALID; /* frame whose type reference is refused */

void *heap_pages(u32 nr)
{
	u8 *at;

	CHECK(nr == 1);
	if (!heap_left || heap_refuses) {
		heap_refuses = false;
		return NULL;
	}
	heap_left--;
	at = aligned_alloc(4096, 8192);
	CHECK(nr_taken < ARRAY_SIZE(taken));
	taken[nr_taken++] = at;
	memset(at, 0, 4096);
	memset(at + 4096, 0xee, 4096); /* behind the page */
	return at;
}

void *map_frame(enum map_class c, mfn_t mfn)
{
	CHECK(c == MAP_TABLE && mfn < FRAMES);
	return frames[mfn];
}

bool frame_is_guest(mfn_t mfn)
{
	return mfn < FRAMES;
}

int frame_get_type(mfn_t mfn, u32 type)
{
	if (mfn >= FRAMES || mfn == refused)
		return -EPERM;
	CHECK(type == TYPE_DESC || type == TYPE_WRITABLE);
	if (type == TYPE_DESC)
		desc_refs[mfn]++;
	else
		writable_refs[mfn]++;
	return 0;
}

void frame_put_type(mfn_t mfn)
{
	CHECK(mfn < FRAMES && (desc_refs[mfn] || writable_refs[mfn]), "frame %x", mfn);
	if (writable_refs[mfn])
		writable_refs[mfn]--;
	else
		desc_refs[mfn]--;
}

/* ---- what the tables show ---- */

static void *of_pa(pte_t e)
{
	return (void *)((u32)(e & 0xfffff000) + HV_PHYS_OFFSET);
}

static pte_t entry(u32 table, u32 page)
{
	const pte_t *l1 = of_pa(hv_l2[(HV_GDT_KERNEL >> 21) & 511]);

	return l1[(table >> 12 & 511) + page];
}

static const struct desc *shown(u32 table, u32 page)
{
	return of_pa(entry(table, page));
}

static bool same(struct desc a, struct desc b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

static const u32 tables[] = { HV_GDT_KERNEL, HV_GDT_USER, HV_GDT_PLUGIN };

static bool empty(u32 table, u32 page)
{
	const u32 *words = (const u32 *)shown(table, page);
	u32 i;

	for (i = 0; i < 1024; i++)
		if (words[i])
			return false;
	return true;
}

/* ---- boot ---- */

static void boot(void)
{
	static const struct {
		u32 selector, base, limit, type;
		bool in_plugins;
	} rows[] = {
		{ SEL_HV_CS, 0, ~0u, DESC_P | DESC_S | DESC_CODE | DESC_D, true },
		{ SEL_HV_DS, 0, ~0u, DESC_P | DESC_S | DESC_DATA | DESC_D, true },
		{ SEL_GUEST_CS, 0, HV_GUEST_LIMIT - 1,
		  DESC_P | DESC_S | DESC_CODE | DESC_D | DESC_DPL(1), false },
		{ SEL_GUEST_DS, 0, HV_GUEST_LIMIT - 1,
		  DESC_P | DESC_S | DESC_DATA | DESC_D | DESC_DPL(1), false },
		{ SEL_USER_CS, 0, HV_GUEST_LIMIT - 1,
		  DESC_P | DESC_S | DESC_CODE | DESC_D | DESC_DPL(3), false },
		{ SEL_USER_DS, 0, HV_GUEST_LIMIT - 1,
		  DESC_P | DESC_S | DESC_DATA | DESC_D | DESC_DPL(3), false },
	};
	u32 nx, i, page, slot;
	struct desc d;

	for (nx = 0; nx < 2; nx++) {
		have_nx = nx;
		heap_left = 2;
		memset(&cpu, 0, sizeof(cpu));
		gdt_init();
		CHECK(cpu.gdt == HV_GDT_KERNEL && cpu.loads == 2 && cpu.invalidations == 51);
		CHECK((hv_l2[(HV_GDT_KERNEL >> 21) & 511] & 0xfff) == (PTE_P | PTE_RW | PTE_A));
		for (i = 0; i < 3; i++)
			for (page = 0; page < 16; page++) {
				pte_t e = entry(tables[i], page);

				CHECK(empty(tables[i], page) == (page != OURS), "%u %u", i, page);
				CHECK(!!(e & PTE_RW) == (page == OURS), "%u %u", i, page);
				CHECK((e & PTE_P) && (e & PTE_A) && (e & PTE_D), "%u %u", i, page);
				CHECK(!!(e & PTE_NX) == nx, "%u %u", i, page);
			}
		CHECK(entry(HV_GDT_KERNEL, OURS) == entry(HV_GDT_USER, OURS));
		CHECK(entry(HV_GDT_KERNEL, OURS) != entry(HV_GDT_PLUGIN, OURS));
	}
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		d = desc_make(rows[i].base, rows[i].limit, rows[i].type);
		slot = rows[i].selector >> 3 & 511;
		CHECK(same(shown(HV_GDT_KERNEL, OURS)[slot], d), "%x", rows[i].selector);
		CHECK(same(shown(HV_GDT_PLUGIN, OURS)[slot],
			   rows[i].in_plugins ? d : (struct desc){ 0, 0 }),
		      "%x", rows[i].selector);
	}
	for (i = 0; i < 3; i++) {
		CHECK(same(shown(tables[i], OURS)[SEL_TSS >> 3 & 511],
			   desc_make((u32)&tss, sizeof(tss) + 8192, DESC_P | DESC_TSS)));
		CHECK(same(shown(tables[i], OURS)[SEL_DF_TSS >> 3 & 511],
			   desc_make((u32)&double_fault_tss, sizeof(tss) - 1, DESC_P | DESC_TSS)));
	}
	d = (struct desc){ 1, 2 };
	gdt_plugin_set(SEL_PLUGIN_CS2, d);
	CHECK(same(shown(HV_GDT_PLUGIN, OURS)[SEL_PLUGIN_CS2 >> 3 & 511], d));
}

/* ---- the guest's tables ---- */

static u32 list[PAGES + 1];

static struct desc made(u32 mfn, u32 i)
{
	return desc_make(mfn * 0x1000 + i * 8, 0xffff, DESC_P | DESC_S | DESC_DATA | DESC_DPL(3));
}

static void fill(void)
{
	u32 mfn, i;

	for (mfn = 0; mfn < FRAMES; mfn++)
		for (i = 0; i < EACH; i++)
			frames[mfn][i] = made(mfn, i);
	for (i = 0; i < PAGES + 1; i++)
		list[i] = i;
}

static long set(u32 entries)
{
	struct regs r = { .ebx = (u32)list, .ecx = entries };

	return do_set_gdt(&r);
}

/*
 * Checks that the first nr pages of the descriptor table are the frames from `from` on, and
 * that no other frame has references.
 */
static void holds(u32 from, u32 nr)
{
	u32 i, slot;

	for (i = 0; i < PAGES; i++) {
		CHECK(!(entry(HV_GDT_KERNEL, i) & PTE_RW) && !(entry(HV_GDT_USER, i) & PTE_RW));
		CHECK(empty(HV_GDT_PLUGIN, i));
		CHECK(empty(HV_GDT_KERNEL, i) == (i >= nr), "page %u of %u", i, nr);
		CHECK(empty(HV_GDT_USER, i) == (i >= nr), "page %u of %u", i, nr);
		if (i >= nr)
			continue;
		CHECK(*(u32 *)(shown(HV_GDT_KERNEL, i) + EACH) == 0xeeeeeeee, "page %u", i);
		CHECK(*(u32 *)(shown(HV_GDT_USER, i) + EACH) == 0xeeeeeeee, "page %u", i);
		for (slot = 0; slot < EACH; slot++) {
			struct desc kernel, user;

			CHECK(!desc_check(made(from + i, slot), &kernel, &user));
			CHECK(same(shown(HV_GDT_KERNEL, i)[slot], kernel), "%u:%u", i, slot);
			CHECK(same(shown(HV_GDT_USER, i)[slot], user), "%u:%u", i, slot);
		}
	}
	for (i = 0; i < FRAMES; i++) {
		CHECK(desc_refs[i] == (i >= from && i < from + nr), "frame %u: %u", i,
		      desc_refs[i]);
		CHECK(!writable_refs[i], "frame %u", i);
	}
	CHECK(entry(HV_GDT_KERNEL, OURS) & PTE_RW);
}

static void sizes(void)
{
	static const struct {
		u32 entries, nr;
		long want;
	} rows[] = {
		{ 0, 0, 0 },
		{ 1, 1, 0 },
		{ EACH, 1, 0 },
		{ EACH + 1, 2, 0 },
		{ PAGES * EACH, 14, 0 },
		{ PAGES * EACH - EACH, 13, 0 },
		{ PAGES * EACH + 1, 13, -EINVAL },
		{ ~0u, 13, -EINVAL },
		{ 0, 0, 0 },
	};
	struct regs r = { .ebx = HV_VIRT_START - 3, .ecx = 1 };
	u32 i;

	fill();
	/* Each page needs two copies. Copies once allocated are kept. */
	for (i = 0; i < 2; i++) {
		heap_left = i;
		CHECK(set(1) == -ENOMEM && !heap_left);
		holds(0, 0);
	}
	CHECK(set(EACH) == -ENOMEM); /* the second copy is still missing */
	heap_left = 1;
	CHECK(set(EACH) == 0);
	heap_refuses = true;
	heap_left = 1;
	CHECK(set(EACH + 1) == -ENOMEM && !heap_refuses);
	holds(0, 1);
	heap_left = 2 * PAGES - 3; /* three are there */
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK(set(rows[i].entries) == rows[i].want, "%u entries", rows[i].entries);
		holds(0, rows[i].nr);
	}
	CHECK(heap_left == 0);
	CHECK(do_set_gdt(&r) == -EFAULT);
	holds(0, 0);
}

/* A refusal at each page of the list leaves the old table in force. */
static void refusals(void)
{
	u32 at, i;

	CHECK(set(3 * EACH) == 0);
	frames[3][0].hi = DESC_P; /* in the old table, which is not checked again */
	for (i = 0; i < PAGES; i++)
		list[i] = 5 + i;
	for (at = 0; at < 4; at++) {
		refused = 5 + at;
		CHECK(set(4 * EACH) == -EINVAL, "frame %u of 4", at);
		holds(0, 3);
		refused = MFN_INVALID;
		for (i = 0; i < EACH; i += EACH - 1) {
			frames[5 + at][i].hi = DESC_P; /* a system descriptor */
			CHECK(set(4 * EACH) == -EINVAL, "slot %u of page %u", i, at);
			holds(0, 3);
			frames[5 + at][i] = made(5 + at, i);
		}
	}
	frames[3][0] = made(3, 0);
	CHECK(set(4 * EACH) == 0);
	holds(5, 4);
}

static long update(u64 ma, struct desc d)
{
	struct regs r = { .ebx = (u32)ma, .ecx = (u32)(ma >> 32), .edx = d.lo, .esi = d.hi };

	return do_update_descriptor(&r);
}

/* A table of the largest size: update_descriptor() in its last page. */
static void full(void)
{
	struct desc d = desc_make(0x123000, 0xfff, DESC_P | DESC_S | DESC_DATA | DESC_DPL(3));
	u32 i;

	for (i = 0; i < PAGES; i++)
		list[i] = 1 + i;
	heap_left = 2 * PAGES;
	CHECK(set(PAGES * EACH) == 0);
	holds(1, PAGES);
	CHECK(update(PAGES * 4096, d) == 0 && same(shown(HV_GDT_USER, PAGES - 1)[0], d));
	CHECK(update(PAGES * 4096, made(PAGES, 0)) == 0);
	holds(1, PAGES);
}

static void updates(void)
{
	struct desc d = desc_make(0x123000, 0xfff, DESC_P | DESC_S | DESC_DATA | DESC_DPL(1));
	struct desc bad = { 0, DESC_P }, kernel, user;
	u32 bit, i;

	CHECK(!desc_check(d, &kernel, &user));
	/* From here on the table is frames 5, 6, 7 and 6 again. */
	list[3] = 6;
	CHECK(set(4 * EACH) == 0 && desc_refs[6] == 2);
	CHECK(update(6 * 4096 + 511 * 8, d) == 0 && same(frames[6][511], d));
	for (i = 0; i < 4; i++) {
		bool is = i == 1 || i == 3;

		CHECK(same(shown(HV_GDT_KERNEL, i)[511], kernel) == is, "page %u", i);
		CHECK(same(shown(HV_GDT_USER, i)[511], user) == is, "page %u", i);
		CHECK(!same(shown(HV_GDT_KERNEL, i)[510], kernel), "page %u", i);
	}
	CHECK(update(7 * 4096, d) == 0 && same(shown(HV_GDT_KERNEL, 2)[0], kernel));
	CHECK(same(frames[7][0], d) && desc_refs[6] == 2 && desc_refs[7] == 1);
	/* A frame that is not in a table is written like any writable frame of the guest. */
	CHECK(update(1 * 4096 + 8, d) == 0 && same(frames[1][1], d) && !writable_refs[1]);
	CHECK(!desc_refs[1] && same(frames[1][0], made(1, 0)) && same(frames[1][2], made(1, 2)));
	refused = 2;
	CHECK(update(2 * 4096, d) == -EINVAL && same(frames[2][0], made(2, 0)));
	refused = MFN_INVALID;
	/* Invalid addresses: not aligned, or beyond the guest's frames. */
	for (bit = 0; bit < 3; bit++)
		CHECK(update((2 * 4096) | 1u << bit, d) == -EINVAL, "bit %u", bit);
	CHECK(update((1ull << 32) + 2 * 4096, d) == -EINVAL);
	CHECK(update((1ull << 44) + 2 * 4096, d) == -EINVAL); /* its frame number wraps */
	CHECK(update((u64)FRAMES * 4096, d) == -EINVAL && same(frames[2][0], made(2, 0)));
	CHECK(update(2 * 4096, bad) == -EINVAL && same(frames[2][0], made(2, 0)));
	CHECK(update(6 * 4096, bad) == -EINVAL && same(frames[6][0], made(6, 0)));
}

int main(void)
{
	fake_cpu_init();
	boot();
	sizes();
	refusals();
	updates();
	fill();
	full();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
