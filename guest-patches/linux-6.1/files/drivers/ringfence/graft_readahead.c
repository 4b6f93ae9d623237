// SPDX-License-Identifier: GPL-2.0-only
/* The graft point `readahead`: which pages of a file to read before a process asks for them. */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/ringfence_graft.h>
#include <linux/sched.h>

#include "audit.h"
#include "points.h"

/* A checked range of an answer. READAHEAD_PAGES fits into 16 bits. */
struct planned_range {
	u32 first;
	u16 nr;
	u16 lookahead; /* pages from the marked one to the end; 0: no mark */
};

/* An answer, of which check_plan() writes all but the first two. */
struct plan {
	u32 file_pages;
	const struct readahead_control *ractl;
	bool keeps_default; /* the graft has left the decision to the kernel */
	u32 nr;
	struct planned_range ranges[READAHEAD_RANGES];
};

static u32 pages_of(const struct inode *inode)
{
	return DIV_ROUND_UP_ULL(i_size_read(inode), PAGE_SIZE);
}

static const char *check_plan(void *what, const void *window, u32 value)
{
	const struct readahead_window *answer = window;
	struct plan *plan = what;
	u32 pages = 0, i;

	plan->keeps_default = value == READAHEAD_DEFAULT;
	if (plan->keeps_default)
		return NULL;
	if (value > READAHEAD_RANGES)
		return "the plan has more ranges than READAHEAD_RANGES";
	for (i = 0; i < value; i++) {
		const struct readahead_range range = {
			.first = READ_ONCE(answer->ranges[i].first),
			.nr = READ_ONCE(answer->ranges[i].nr),
			.mark = READ_ONCE(answer->ranges[i].mark),
		};

		if (!range.nr)
			return "a range of the plan is empty";
		if (range.nr > READAHEAD_PAGES - pages)
			return "the plan has more pages than READAHEAD_PAGES";
		if (range.first >= plan->file_pages || range.nr > plan->file_pages - range.first)
			return "a range of the plan ends behind the file";
		if (range.mark != READAHEAD_NO_MARK && range.mark >= range.nr)
			return "a mark of the plan is outside of its range";
		pages += range.nr;
		plan->ranges[i].first = range.first;
		plan->ranges[i].nr = range.nr;
		plan->ranges[i].lookahead =
			range.mark == READAHEAD_NO_MARK ? 0 : range.nr - range.mark;
	}
	plan->nr = value;
	return NULL;
}

/* The file's own read-ahead state is not touched: it is of the kernel's decisions. */
static void read_range(const struct readahead_control *like, pgoff_t first, unsigned long nr,
		       unsigned long lookahead)
{
	struct file_ra_state ra = *like->ra;
	DEFINE_READAHEAD(ractl, like->file, &ra, like->mapping, first);

	page_cache_ra_unbounded(&ractl, nr, lookahead);
}

/* Start reading the plan's ranges and, after a miss, the @nr pages that the process asked for. */
static void carry_out(const struct plan *plan, struct readahead_control *ractl, unsigned long nr,
		      u32 reason)
{
	pgoff_t page = readahead_index(ractl);
	struct blk_plug plug;
	u32 i;

	/* Adjacent ranges become one request while plugged. */
	blk_start_plug(&plug);
	for (i = 0; i < plan->nr; i++)
		read_range(ractl, plan->ranges[i].first, plan->ranges[i].nr,
			   plan->ranges[i].lookahead);
	if (reason == READAHEAD_MISSED && page < plan->file_pages)
		read_range(ractl, page,
			   min3(nr, (unsigned long)READAHEAD_PAGES, plan->file_pages - page), 0);
	blk_finish_plug(&plug);
}

/* For an audit: what a good answer changes, and what the kernel decides by. */
static u32 hash_reading(const void *what)
{
	const struct readahead_control *ractl = ((const struct plan *)what)->ractl;

	return jhash(ractl->ra, sizeof(*ractl->ra), ractl->mapping->nrpages) +
	       jhash(ractl, sizeof(*ractl), 0);
}

bool graft_ask_readahead(struct readahead_control *ractl, unsigned long nr, u32 reason)
{
	struct inode *inode = ractl->mapping->host;
	struct plan plan;
	u32 args[] = { 0, readahead_index(ractl), nr, pages_of(inode), inode->i_ino, reason };
	const struct core_question question = {
		.point = &point_readahead,
		.keys = { [CORE_SCOPE_FILE] = POINT_FILE_KEY(inode),
			  [CORE_SCOPE_PROCESS] = POINT_PROCESS_KEY(task_tgid(current)) },
		.args = args,
		.check = check_plan,
		.what = &plan,
	};

	if (!ractl->file || !S_ISREG(inode->i_mode))
		return false;
	plan.file_pages = args[3];
	plan.ractl = ractl;
	if (!audited_ask(&question, hash_reading) || plan.keeps_default)
		return false;
	/* With several processors, another task could have made the file shorter meanwhile. */
	if (pages_of(inode) < plan.file_pages)
		return false;
	carry_out(&plan, ractl, nr, reason);
	return true;
}
