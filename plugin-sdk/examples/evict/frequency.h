/* SPDX-License-Identifier: MIT */
/*
 * For policies that keep the pages which are used most often, lately: notes with counts that get old,
 * and the answer by these counts. Counts are halved each time that AGE times as many pages as memory
 * has were dropped. Of the candidates, the half with the higher counts is kept, but for pages that
 * were used once.
 */
#ifndef FREQUENCY_H
#define FREQUENCY_H

#include "evict.h"

#define SHARE 26u /* of 256: the length of the inactive list */
#define AGE   4u
#define ONE   16u /* a count of one: what is halved leaves a trace */

/* The note about the page, whose count is that of now. @now, @age: in pages dropped. */
static inline struct note *aged_note(const struct evict_candidate *candidate, uint32_t now,
				     uint32_t age)
{
	struct note *note = find_note(candidate);
	uint32_t ages = now / age - note->when / age;

	note->count = ages < 32 ? note->count >> ages : 0;
	note->when = now;
	return note;
}

/* Insert candidate @i, with its count @mine, behind those before it that were not used more often. */
static inline void insert_by_count(struct evict_window *window, uint32_t counts[], uint32_t i,
				   uint32_t mine)
{
	uint32_t j;

	for (j = i; j && counts[j - 1] > mine; j--) {
		counts[j] = counts[j - 1];
		window->order[j] = window->order[j - 1];
	}
	counts[j] = mine;
	window->order[j] = (uint8_t)i;
}

/* The number of victims among @nr candidates that were inserted. */
static inline uint32_t victims_by_count(const uint32_t counts[], uint32_t nr, uint32_t least)
{
	uint32_t victims = (nr + 1) / 2;

	while (victims < nr && counts[victims] <= ONE)
		victims++;
	return victims < least ? least : victims;
}

#endif /* FREQUENCY_H */
