// SPDX-License-Identifier: MIT
/*
 * The list of a plugin's pages: the entries made of frames, with and without NX, and the
 * references taken and dropped, also when a frame or the guest's list is refused half-way.
 * Pages are hidden from the CPU before their frames are given back.
 *
 * Cannot tell: how the CPU uses the entries; guests/plugin-window does.
 */
#include <stdio.h>
#include <string.h>

#include <hv/cpu.h>
#include <hv/errno.h>
#include <hv/plugin_slot.h>

#include "check.h"
#include "silent_log.h"

/* ---- the rest of the monitor ---- */

u32 have_nx;
static u32 plain, writable; /* references */
static pte_t entries[700];
static struct plugin p = { .pages = entries };
static u32 hidden_at, hidden;

int frame_get(mfn_t mfn)
{
	plain += mfn != 13;
	return mfn == 13 ? -EBUSY : 0;
}

void frame_put(mfn_t mfn)
{
	CHECK(mfn && hidden && plain--);
}

int frame_get_type(mfn_t mfn, u32 type)
{
	CHECK(type == TYPE_WRITABLE);
	writable += mfn != 13;
	return mfn == 13 ? -EBUSY : 0;
}

void frame_put_type(mfn_t mfn)
{
	CHECK(mfn && hidden && writable--);
}

void region_hide(const struct plugin *its, u32 page, u32 nr)
{
	CHECK(its == &p);
	hidden_at = page;
	hidden = nr;
}

/* ---- the tests ---- */

static void drop(u32 page, u32 nr)
{
	u32 i;

	hidden = 0;
	pages_drop(&p, page, nr);
	CHECK(hidden_at == page && hidden == nr);
	for (i = 0; i < nr; i++)
		CHECK(!entries[page + i]);
	CHECK(!plain && !writable);
}

int main(void)
{
	static const u32 sizes[] = { 1, 16, 17, 63, 64, 65, 129 };
	static u32 list[200];
	u32 i, n, nr, nx, rw, at;

	for (n = 0; n < ARRAY_SIZE(list); n++)
		list[n] = 0x200000 - 100 + n;
	for (i = 0; i < 4 * ARRAY_SIZE(sizes); i++) {
		nr = sizes[i / 4];
		have_nx = nx = i & 1;
		rw = i & 2;
		at = (u32)list;
		CHECK(pages_take(&p, &at, 500, nr, rw ? PTE_RW | PTE_NX : PTE_NX) == 0);
		CHECK(at == (u32)(list + nr) && plain == (rw ? 0 : nr));
		CHECK(writable == (rw ? nr : 0) && !entries[499] && !entries[500 + nr]);
		for (n = 0; n < nr; n++)
			CHECK(entries[500 + n] == ((pte_t)list[n] << PAGE_SHIFT | PTE_P | PTE_A |
						   (rw ? PTE_RW | PTE_D : 0) | (nx ? PTE_NX : 0)));
		/* The empty entry in front holds no reference. */
		drop(500 - 1, nr + 1);
	}
	/* A frame that is refused, and a list that cannot be read to its end. */
	list[70] = 13;
	at = (u32)list;
	CHECK(pages_take(&p, &at, 500, 100, 0) == -EPERM && plain == 70 && !entries[570]);
	drop(500, 100);
	at = HV_VIRT_START - 4;
	CHECK(pages_take(&p, &at, 500, 2, 0) == -EFAULT && !plain && !entries[500]);
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
