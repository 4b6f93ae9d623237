// SPDX-License-Identifier: MIT
/*
 * The plugins' linear region: first fit, from empty to full, with sizes on both sides of a
 * word of the bitmap; the entries made for frames; and which translations are flushed.
 *
 * Cannot tell: how the CPU uses the entries; guests/plugin-window does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/plugin_slot.h>
#include <hv/tlb.h>

#include "check.h"
#include "silent_log.h"

/* ---- the rest of the monitor ---- */

pte_t hv_l2[512];
u32 have_nx;
static u32 plain, writable; /* references */
static u32 flushed_page, flushed_pages, flushes;

void *heap_pages(u32 nr)
{
	return calloc(nr + 1, PAGE_SIZE);
}

int frame_get(mfn_t mfn)
{
	plain += mfn != 13;
	return mfn == 13 ? -EBUSY : 0;
}

void frame_put(mfn_t mfn)
{
	CHECK(mfn && plain--);
}

int frame_get_type(mfn_t mfn, u32 type)
{
	CHECK(type == TYPE_WRITABLE);
	writable += mfn != 13;
	return mfn == 13 ? -EBUSY : 0;
}

void frame_put_type(mfn_t mfn)
{
	CHECK(mfn && writable--);
}

/* At a flush no entry may be present, or the CPU could cache it again. */
void tlb_flush(void)
{
	u32 i;

	for (i = 0; i < 1000; i++)
		CHECK(!(region_pte[i] & PTE_P), "page %u", i);
	flushes++;
}

void tlb_flush_page(u32 va)
{
	CHECK(!(region_pte[(va - HV_PLUGIN_START) / PAGE_SIZE] & PTE_P), "va %x", va);
	CHECK(!flushed_pages || va == flushed_page + PAGE_SIZE);
	flushed_page = va;
	flushed_pages++;
}

/* ---- allocation ---- */

static bool model[REGION_PAGES];
static u32 model_free = REGION_PAGES;

static u32 fits(u32 pages)
{
	u32 i, run = 0;

	for (i = 0; i < REGION_PAGES; i++) {
		run = model[i] ? 0 : run + 1;
		if (run == pages)
			return i + 1 - pages;
	}
	return REGION_NONE;
}

static u32 get(u32 pages)
{
	u32 want = fits(pages), first = region_alloc(pages);

	CHECK(first == want, "%u pages: %x, not %x", pages, first, want);
	if (first != REGION_NONE) {
		memset(model + first, true, pages);
		model_free -= pages;
	}
	CHECK(region_free_pages == model_free);
	return first;
}

static void put(u32 first, u32 pages)
{
	region_free(first, pages);
	memset(model + first, false, pages);
	model_free += pages;
	CHECK(region_free_pages == model_free);
}

static void edges(void)
{
	static const u32 sizes[] = { 1, 4, 31, 32, 33, 63, 64, 65 };
	u32 i, n, at, tail;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (n = 0; n < ARRAY_SIZE(sizes); n++) {
			CHECK(get(sizes[i]) == 0);
			at = get(100);
			CHECK(get(1) == at + 100);
			put(0, sizes[i]);
			/* The allocation takes the gap if it fits, else the end. */
			tail = get(sizes[n]);
			CHECK((tail == 0) == (sizes[n] <= sizes[i]));
			put(tail, sizes[n]);
			put(at, 101);
		}
	/* All free pages, and one page more, from even and odd pages. */
	for (i = 0; i < 4; i++) {
		if (i)
			CHECK(get(i) == 0);
		CHECK(get(REGION_PAGES - i + 1) == REGION_NONE);
		CHECK(get(REGION_PAGES - i) == i);
		CHECK(get(1) == REGION_NONE);
		put(i, REGION_PAGES - i);
		if (i)
			put(0, i);
	}
}

static void any_order(void)
{
	static const u32 sizes[] = { 1, 4, 31, 32, 33, 64, 500, 4105 };
	static struct {
		u32 first, pages;
	} held[64];
	u32 step, dice = 1, i;

	for (step = 0; step < 3000; step++) {
		dice = dice * 1664525 + 1013904223;
		i = dice >> 26;
		if (held[i].pages) {
			put(held[i].first, held[i].pages);
			held[i].pages = 0;
			continue;
		}
		held[i].pages = sizes[dice >> 20 & 7];
		held[i].first = get(held[i].pages);
		if (held[i].first == REGION_NONE)
			held[i].pages = 0;
	}
	for (i = 0; i < ARRAY_SIZE(held); i++)
		if (held[i].pages)
			put(held[i].first, held[i].pages);
	CHECK(model_free == REGION_PAGES);
}

/* ---- entries ---- */

static void entries(void)
{
	static const u32 sizes[] = { 1, 16, 17, 63, 64, 65, 129 };
	static u32 list[200];
	u32 i, n, nr, nx, rw, at;

	for (n = 0; n < ARRAY_SIZE(list); n++)
		list[n] = 100 + n;
	for (i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
		nr = sizes[i / 4];
		have_nx = nx = i & 1;
		rw = i & 2;
		at = (u32)list;
		CHECK(region_map(&at, 500, nr, rw ? PTE_RW | PTE_NX : PTE_NX) == 0);
		CHECK(at == (u32)(list + nr) && plain == (rw ? 0 : nr));
		CHECK(writable == (rw ? nr : 0) && !region_pte[499] && !region_pte[500 + nr]);
		for (n = 0; n < nr; n++)
			CHECK(region_pte[500 + n] ==
			      ((pte_t)list[n] << PAGE_SHIFT | PTE_P | PTE_A |
			       (rw ? PTE_RW | PTE_D : 0) | (nx ? PTE_NX : 0)));
		flushes = flushed_pages = 0;
		/* The empty entry in front holds no reference. */
		region_unmap(500 - 1, nr + 1);
		for (n = 0; n < nr; n++)
			CHECK(!region_pte[500 + n]);
		CHECK(!plain && !writable);
		CHECK(flushes == (nr + 1 > 16) && flushed_pages == (nr + 1 > 16 ? 0 : nr + 1));
		CHECK(flushes || flushed_page == HV_PLUGIN_START + (500 + nr - 1) * PAGE_SIZE);
	}
	flushes = flushed_pages = 0;
	region_unmap(500, 16);
	CHECK(!flushes && flushed_pages == 16);
	flushed_pages = 0;
	region_unmap(500, 17);
	CHECK(flushes == 1 && !flushed_pages);
	/* A frame that is refused, and a list that cannot be read to its end. */
	list[70] = 13;
	at = (u32)list;
	CHECK(region_map(&at, 500, 100, 0) == -EPERM && plain == 70 && !region_pte[570]);
	region_unmap(500, 100);
	at = HV_VIRT_START - 4;
	CHECK(region_map(&at, 500, 2, 0) == -EFAULT && !plain && !region_pte[500]);
}

int main(void)
{
	u32 i;

	region_init();
	for (i = 0; i < 512; i++)
		CHECK(!hv_l2[i] == (i < (HV_PLUGIN_START >> 21 & 511) ||
				    i >= (HV_PLUGIN_END >> 21 & 511)),
		      "slot %u", i);
	edges();
	any_order();
	entries();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
