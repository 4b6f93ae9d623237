/* SPDX-License-Identifier: MIT */
/*
 * For a database: keeps the inner pages of its B-tree, which the application names, and of the
 * others those that are read most often, and lets scans pass. With SQLite:
 *
 *	sqlite3 DATABASE "SELECT pageno - 1 FROM dbstat WHERE pagetype = 'internal'" >LIST
 *	plugctl call btree inner --window LIST $(stat -c %i DATABASE)
 *	plugctl attach evict btree --pid PID
 *
 * Each page has a score: how often it was found read when it was a candidate, in memory or from
 * the disk after it was dropped, where what is long ago counts less. Candidates with a score below
 * a mark are dropped. The mark moves so that a quarter of the candidates are, the others being
 * the kernel's active list, which so comes round, and its pages are looked at again, several
 * times before as many pages as memory has were dropped.
 *
 * An inner page that is read begins with a score well above the mark: below it are many leaves.
 * A page loses its score if nobody reads it, so a list that is wrong does not fill memory for good.
 *
 * A newcomer next to which lies another newcomer of the same file, in order, was read by a scan. Such
 * pages are dropped first and get no score. Without a list all this holds for any file with an index.
 */
#include "evict.h"

#define INACTIVE  96u	/* pages on the inactive list: thrice what the kernel reads ahead */
#define HALF_LIFE 16u	/* of a score: so many times as many pages as memory has were dropped */
#define ONE	  1024u /* the score of one read */
#define INNER	  4u	/* the score of an inner page, in marks */
#define STEP	  64u	/* the mark moves by one of so many parts */
#define LOWEST	  (ONE / 4)
#define HIGHEST	  (ONE * 1024)

#define PAGES_MAX  (1u << 20) /* of the file whose inner pages are known: 4 GiB */
#define LIST_BYTES (1u << 20)

PLUGIN("btree", "1.0", "keeps a B-tree's inner pages: inner WINDOW LENGTH FILE");
PLUGIN_WINDOW_BYTES(LIST_BYTES);
PLUGIN_HEAP(NOTES_BYTES + PAGES_MAX / 8);

static uint32_t inner_file; /* inode number of the file; 0: no list */

static uint32_t *inner_bits(void)
{
	return (uint32_t *)(plugin_heap + NOTES_BYTES);
}

/*
 * Takes over the list of inner pages of the file with that inode number: decimal numbers of pages,
 * counted from 0, with anything between them. Returns how many it has taken.
 */
PLUGIN_ENTRY(inner, const char *list, uint32_t bytes, uint32_t file)
{
	uint32_t number = 0, taken = 0, digits = 0, i;

	memset(inner_bits(), 0, PAGES_MAX / 8);
	inner_file = file;
	for (i = 0; i <= bytes; i++) {
		uint32_t digit = i < bytes ? (uint8_t)list[i] - (uint32_t)'0' : 10;

		if (digit < 10) {
			number = number < PAGES_MAX ? number * 10 + digit : PAGES_MAX;
			digits++;
			continue;
		}
		if (digits && number < PAGES_MAX) {
			inner_bits()[number / 32] |= 1u << number % 32;
			taken++;
		}
		number = digits = 0;
	}
	return taken;
}

static int is_inner(const struct evict_candidate *candidate)
{
	return inner_file && candidate->file == inner_file && candidate->page < PAGES_MAX &&
	       inner_bits()[candidate->page / 32] >> candidate->page % 32 & 1;
}

/* Are the two newcomers that follow one another in a file, up or down? */
static int adjoin(const struct evict_candidate *one, const struct evict_candidate *other)
{
	uint32_t distance = other->page - one->page;

	return !((one->flags | other->flags) & EVICT_WAS_ACTIVE) && one->file == other->file &&
	       one->device == other->device && (distance == 1 || distance == -1u);
}

static int is_scanned(const struct evict_candidate *candidates, uint32_t nr, uint32_t i)
{
	return (i && adjoin(&candidates[i - 1], &candidates[i])) ||
	       (i + 1 < nr && adjoin(&candidates[i], &candidates[i + 1]));
}

/* The score, which is noted with this time. @life: half-life. */
static uint32_t score(const struct evict_candidate *candidate, uint32_t now, uint32_t life,
		      uint32_t mark)
{
	struct note *note = find_note(candidate);
	uint32_t gone = now - note->when, halves = gone / life;

	note->count = halves < 32 ? note->count >> halves : 0;
	note->count -= note->count * (gone % life * 64 / life) / 128;
	note->when = now;
	if (candidate->flags & EVICT_REFERENCED)
		note->count += ONE;
	if (!(candidate->flags & EVICT_WAS_ACTIVE) && note->count < INNER * mark &&
	    is_inner(candidate))
		note->count = INNER * mark;
	return note->count;
}

/* Moves the mark so that a quarter of the candidates that are no scan's is below it. */
static void move_mark(uint32_t *mark, uint32_t below, uint32_t all)
{
	if (!all)
		return;
	*mark += below * 4 > all ? -(*mark / STEP) : *mark / STEP;
	*mark = *mark < LOWEST ? LOWEST : *mark > HIGHEST ? HIGHEST : *mark;
}

/* As the inactive list's share of all pages: so much that the list has about `pages`. */
static uint32_t share_of(uint32_t pages, uint32_t all)
{
	uint32_t share = pages * 256 / (all + 1) + 1;

	return share < EVICT_SHARE_MAX ? share : EVICT_SHARE_MAX;
}

/* Makes the page with the lowest score of those to keep the next victim. */
static void drop_lowest(struct evict_window *window, const uint32_t *scores, uint32_t victims,
			uint32_t nr)
{
	uint32_t lowest = victims, i;
	uint8_t other;

	for (i = victims + 1; i < nr; i++)
		if (scores[window->order[i]] < scores[window->order[lowest]])
			lowest = i;
	other = window->order[victims];
	window->order[victims] = window->order[lowest];
	window->order[lowest] = other;
}

PLUGIN_GRAFT(evict)
{
	struct answer answer = begin_answer(window, nr);
	struct group *now = &groups[group % GROUPS];
	uint32_t life = HALF_LIFE * (active + inactive + nr);
	uint32_t scores[EVICT_CANDIDATES], scanned = 0, i;

	now->mark = now->mark ? now->mark : ONE;
	for (i = 0; i < nr; i++) {
		const struct evict_candidate *candidate = &window->candidates[i];

		scores[i] = 0;
		if (is_scanned(window->candidates, nr, i) && !is_inner(candidate))
			scanned++;
		else
			scores[i] = score(candidate, 1 + now->dropped, life, now->mark);
		if (scores[i] < now->mark)
			drop(&answer, i);
		else
			keep(&answer, i);
	}
	move_mark(&now->mark, answer.victims - scanned, nr - scanned);
	for (; answer.victims < least; answer.victims++)
		drop_lowest(window, scores, answer.victims, nr);
	now->dropped += answer.victims - scanned;
	window->inactive_share = share_of(INACTIVE, active + inactive);
	return answer.victims;
}
