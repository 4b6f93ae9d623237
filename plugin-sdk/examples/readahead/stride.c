/* SPDX-License-Identifier: MIT */
/*
 * Learns how processes walk through a file, and reads ahead on their way: forward and backward,
 * page by page and in strides, several walks in one file at a time.
 *
 * The graft sees only misses and marked pages. Three misses at equal distances begin a walk; two
 * are enough if the distance is that of a walk before, as when the next column of a table is
 * read. A walk is planned in batches that double up to BATCH_MAX. The first page of each batch is
 * marked, so that the next batch is asked for while a whole one is still ahead. Nothing is read
 * ahead before a walk is known, nor any page beside it.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

#define FILES	  8u   /* the files that were read last */
#define WALKS	  4u   /* of one file */
#define MISSES	  8u   /* of one file that are remembered */
#define NEAR	  64u  /* pages: the largest distance of misses with others between them */
#define BATCH_MIN 4u   /* pages */
#define BATCH_MAX 64u  /* pages */
#define CHUNK_MAX 256u /* pages: the most that is read ahead for one read of the process */

PLUGIN("stride", "1.0", "reads ahead in strides, forward and backward, of several readers");

/* A process reads `chunk` pages from each of the places next, next + step, next + 2 * step, ... */
struct walk {
	int64_t next; /* not planned yet; outside of the file at its end */
	uint32_t mark;
	int32_t step;	/* pages, not 0; 0: there is no walk */
	uint32_t chunk; /* pages, at most the distance of two places */
	uint32_t batch; /* pages that are planned next */
	uint32_t used;	/* time */
};

struct file {
	uint32_t number;
	uint32_t used; /* time; 0: never */
	uint32_t nr_misses;
	uint32_t misses[MISSES]; /* pages, a ring: the last one is [(nr_misses - 1) % MISSES] */
	struct walk walks[WALKS];
};

static struct file files[FILES];
static uint32_t now; /* counts the questions */

static uint32_t distance(int32_t step)
{
	return step < 0 ? 0u - (uint32_t)step : (uint32_t)step;
}

/* Finds the file, or gives it the place of the one that was not read for the longest time. */
static struct file *find_file(uint32_t number)
{
	struct file *oldest = &files[0];
	uint32_t i;

	for (i = 0; i < FILES; i++) {
		if (files[i].used && files[i].number == number)
			return &files[i];
		if (files[i].used < oldest->used)
			oldest = &files[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->number = number;
	return oldest;
}

/* The walk with this mark, or, after a miss, the one whose next page was missed; or NULL. */
static struct walk *find_walk(struct file *file, uint32_t page, uint32_t reason)
{
	uint32_t i;

	for (i = 0; i < WALKS; i++) {
		struct walk *walk = &file->walks[i];

		if (!walk->step)
			continue;
		if (reason == READAHEAD_MARKED ? walk->mark == page : walk->next == page)
			return walk;
	}
	return NULL;
}

/* Page of the miss that was `ago` misses before the last one, less than MISSES. */
static uint32_t miss(const struct file *file, uint32_t ago)
{
	return file->misses[(file->nr_misses - 1 - ago) % MISSES];
}

static int is_near(uint32_t step)
{
	return step + NEAR <= 2 * NEAR;
}

/*
 * Distance of the last miss from the one before in the same walk; 0: the miss belongs to no
 * walk yet. Misses of other walks may lie between those of a walk with small steps.
 */
static int32_t find_step(const struct file *file)
{
	uint32_t nr = file->nr_misses < MISSES ? file->nr_misses : MISSES, i, j;
	uint32_t step;

	for (i = 0; nr >= 2 && i < WALKS; i++)
		if (file->walks[i].step == (int32_t)(miss(file, 0) - miss(file, 1)))
			return file->walks[i].step;
	for (i = 1; i + 1 < nr; i++) {
		step = miss(file, 0) - miss(file, i);
		if (!step || (i > 1 && !is_near(step)))
			continue;
		for (j = i + 1; j < nr && (j == 2 || is_near(step)); j++)
			if (miss(file, i) - miss(file, j) == step)
				return (int32_t)step;
	}
	return 0;
}

/* Begins a walk behind the miss of nr pages, in the place of the one that was not asked for longest. */
static struct walk *begin_walk(struct file *file, uint32_t page, uint32_t nr, int32_t step)
{
	struct walk *walk = &file->walks[0];
	uint32_t i;

	for (i = 1; i < WALKS; i++)
		if (file->walks[i].used < walk->used)
			walk = &file->walks[i];
	walk->step = step;
	walk->next = (int64_t)page + step;
	walk->chunk = nr < distance(step) ? nr : distance(step);
	if (walk->chunk > CHUNK_MAX)
		walk->chunk = CHUNK_MAX;
	walk->batch = BATCH_MIN;
	return walk;
}

/* How many places of the walk from `next` on are in the file, at most `most`. */
static uint32_t places(const struct walk *walk, uint32_t file_pages, uint32_t most)
{
	uint32_t left;

	if (walk->next < 0 || walk->next >= file_pages)
		return 0;
	left = walk->step < 0 ? (uint32_t)walk->next : file_pages - 1 - (uint32_t)walk->next;
	left = left / distance(walk->step) + 1;
	return left < most ? left : most;
}

/* Plans pages first to first + nr as far as they are in the file, and marks page `mark` of the file. */
static void plan(struct readahead_range *range, uint32_t first, uint32_t nr, uint32_t file_pages,
		 uint32_t mark)
{
	range->first = first;
	range->nr = nr < file_pages - first ? nr : file_pages - first;
	range->mark = mark - first < range->nr ? mark - first : READAHEAD_NO_MARK;
}

/* Plans the next batch of the walk; returns the number of ranges. */
static uint32_t plan_batch(struct walk *walk, struct readahead_range *ranges, uint32_t file_pages)
{
	uint32_t nr = walk->batch / walk->chunk, i;
	uint32_t first = (uint32_t)walk->next;

	nr = places(walk, file_pages, nr ? nr : 1);
	if (!nr)
		return 0;
	walk->mark = first;
	walk->next += (int64_t)walk->step * nr;
	walk->batch = walk->batch * 2 < BATCH_MAX ? walk->batch * 2 : BATCH_MAX;
	if (walk->chunk == distance(walk->step)) { /* no page between the places: one range */
		if (walk->step < 0)
			first += (uint32_t)walk->step * (nr - 1);
		plan(ranges, first, nr * walk->chunk, file_pages, walk->mark);
		return 1;
	}
	for (i = 0; i < nr; i++, first += (uint32_t)walk->step)
		plan(&ranges[i], first, walk->chunk, file_pages, walk->mark);
	return nr;
}

PLUGIN_GRAFT(readahead)
{
	struct file *seen = find_file(file);
	struct walk *walk;
	int32_t step;

	seen->used = ++now;
	walk = find_walk(seen, page, reason);
	if (reason == READAHEAD_MISSED) {
		seen->misses[seen->nr_misses++ % MISSES] = page;
		if (walk) /* the reader has come to the end of what was read ahead */
			walk->next += walk->step;
		else if ((step = find_step(seen)))
			walk = begin_walk(seen, page, nr, step);
	}
	if (!walk)
		return 0;
	walk->used = now;
	return plan_batch(walk, window->ranges, file_pages);
}
