/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free physical memory while booting: a short sorted list of ranges.
 */
#include <hv/boot.h>
#include <hv/printk.h>
#include <hv/string.h>

struct range ranges[RANGES_MAX];
u32 ranges_nr;

static void insert(u32 at, u32 start, u32 end)
{
	if (ranges_nr == RANGES_MAX)
		cannot_boot("the memory map has more than %u pieces", RANGES_MAX);
	memmove(&ranges[at + 1], &ranges[at], (ranges_nr - at) * sizeof(ranges[0]));
	ranges[at].start = start;
	ranges[at].end = end;
	ranges_nr++;
}

static void remove(u32 at)
{
	ranges_nr--;
	memmove(&ranges[at], &ranges[at + 1], (ranges_nr - at) * sizeof(ranges[0]));
}

void ranges_give(u32 start, u32 end)
{
	u32 i = 0;

	if (start >= end)
		return;
	while (i < ranges_nr && ranges[i].start < start)
		i++;
	insert(i, start, end);
	if (i && ranges[i - 1].end >= ranges[i].start) {
		ranges[i - 1].end = MAX(ranges[i - 1].end, ranges[i].end);
		remove(i--);
	}
	/* The new range may cover several old ones. */
	while (i + 1 < ranges_nr && ranges[i].end >= ranges[i + 1].start) {
		ranges[i].end = MAX(ranges[i].end, ranges[i + 1].end);
		remove(i + 1);
	}
}

bool ranges_take(u32 start, u32 end)
{
	bool whole = false;
	u32 i;

	if (start >= end)
		return false;
	for (i = 0; i < ranges_nr; i++) {
		u32 s = ranges[i].start, e = ranges[i].end;

		if (e <= start || s >= end)
			continue;
		if (s <= start && e >= end)
			whole = true;
		if (s < start && e > end) {
			ranges[i].end = start;
			insert(i + 1, end, e);
		} else if (s < start) {
			ranges[i].end = start;
		} else if (e > end) {
			ranges[i].start = end;
		} else {
			remove(i--);
		}
	}
	return whole;
}

u32 ranges_alloc(u32 size)
{
	u32 i = ranges_nr;

	size = ROUND_UP(size, PAGE_SIZE);
	while (i--) {
		u32 at = ranges[i].end - size;

		if (ranges[i].end - ranges[i].start < size)
			continue;
		ranges[i].end = at;
		if (ranges[i].start == at)
			remove(i);
		return at;
	}
	return 0;
}
