/* SPDX-License-Identifier: MIT */
/*
 * Reads ahead what an application has said that it will read. The application writes the numbers
 * of the pages, 32 bits each and in the order of its reads, to a file, and hands them over:
 *
 *	plugctl call list set --window FILE
 *	plugctl attach readahead list --file DATA
 *
 * The list is that of one file and one reader. The reader may begin anywhere in the list, skip
 * pages, begin again and read pages that are not listed: these are not read ahead.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

#define LIST_MAX  32768u /* entries of the list */
#define PAGES_MAX 32768u /* pages of a file whose place in the list is found at once */
#define BEHIND	  128u	 /* entries behind the present one that are searched for a page */
#define BATCH	  32u	 /* entries that are planned at once */

PLUGIN("list", "1.0", "reads ahead the pages in a list: set WINDOW LENGTH");
PLUGIN_WINDOW_BYTES(LIST_MAX * 4);
PLUGIN_HEAP(LIST_MAX * 4 + PAGES_MAX * 4);

static uint32_t length;	    /* entries of the list */
static uint32_t at;	    /* entry that the reader reads, or will read */
static uint32_t planned;    /* entries before this one have been planned */
static uint32_t file_limit; /* pages of the file that the process reads now */

static uint32_t *listed(void)
{
	return (uint32_t *)plugin_heap;
}

/* By page: its first entry in the list plus 1, or 0. */
static uint32_t *first_entry(void)
{
	return listed() + LIST_MAX;
}

/*
 * Takes over the list of `bytes` bytes in the window, whose pages are to be read from now on.
 * Returns the number of entries: 0, and the old list stays, if there are more than LIST_MAX.
 */
PLUGIN_ENTRY(set, const uint32_t *pages, uint32_t bytes)
{
	uint32_t i;

	if (bytes / 4 > LIST_MAX)
		return 0;
	length = bytes / 4;
	at = planned = 0;
	memset(first_entry(), 0, PAGES_MAX * 4);
	for (i = length; i--;) {
		listed()[i] = pages[i];
		if (pages[i] < PAGES_MAX)
			first_entry()[pages[i]] = i + 1;
	}
	return length;
}

/* Finds the page in the list, best soon behind the last one; `length` if it is not listed. */
static uint32_t find(uint32_t page)
{
	uint32_t end = length - at > BEHIND ? at + BEHIND : length, i;

	for (i = at; i < end; i++)
		if (listed()[i] == page)
			return i;
	if (page < PAGES_MAX && first_entry()[page])
		return first_entry()[page] - 1;
	return length;
}

/*
 * Plans the next BATCH entries, or those that are left, behind the ranges that are planned
 * already. Adjacent pages become one range. The first page is marked with @mark. Returns the new
 * number of ranges.
 */
static uint32_t plan_batch(struct readahead_range *ranges, uint32_t nr_ranges, uint32_t mark)
{
	uint32_t end = length - planned > BATCH ? planned + BATCH : length;
	struct readahead_range *last = NULL;

	for (; planned < end; planned++) {
		uint32_t page = listed()[planned];

		if (page >= file_limit)
			continue;
		if (last && page == last->first + last->nr) {
			last->nr++;
			continue;
		}
		last = &ranges[nr_ranges++];
		last->first = page;
		last->nr = 1;
		last->mark = mark;
		mark = READAHEAD_NO_MARK;
	}
	return nr_ranges;
}

/*
 * After a miss: plans the batch that begins with the missed page, and the next one, whose first
 * page is marked. At a mark: the batch behind the one that the reader begins to read. So a whole
 * batch is ahead of the reader when the next one is asked for.
 */
PLUGIN_GRAFT(readahead)
{
	uint32_t entry = find(page), nr_ranges = 0;

	(void)nr, (void)file;
	if (entry == length)
		return 0;
	at = entry;
	file_limit = file_pages;
	/* If a page is missed that was read ahead, others may be gone from memory, too. */
	if (reason == READAHEAD_MISSED || planned < at) {
		planned = at;
		nr_ranges = plan_batch(window->ranges, 0, READAHEAD_NO_MARK);
	}
	if (planned - at <= BATCH)
		nr_ranges = plan_batch(window->ranges, nr_ranges, 0);
	return nr_ranges;
}
