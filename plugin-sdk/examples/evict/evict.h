/* SPDX-License-Identifier: MIT */
/*
 * What the eviction policies of this folder share: a clock for each cgroup, notes about pages that
 * outlive the pages in memory, and the answer.
 */
#ifndef EVICT_H
#define EVICT_H

#include <ringfence/plugin.h>
#include <ringfence/points.h>

#define GROUPS	  8u	/* cgroups that are told apart; more of them share */
#define NOTE_SETS 4096u /* a power of two */
#define NOTE_WAYS 8u	/* notes of a set, of which the oldest gives way */

/* A cgroup. */
struct group {
	uint32_t dropped; /* its clock: victims so far */
	uint32_t mark;	  /* of btree.c: the score from which on pages are kept */
};

/* About a page, in memory or dropped. */
struct note {
	uint32_t page; /* a hash of device, file and page; 0: no note */
	uint32_t when; /* the group's clock at the last change */
	uint32_t count;
};

#define NOTES_BYTES (NOTE_SETS * NOTE_WAYS * sizeof(struct note))

static struct group groups[GROUPS];

static inline uint32_t hash(const struct evict_candidate *candidate)
{
	uint32_t sum = candidate->file * 0x9e3779b1u + candidate->device;

	sum = (sum ^ sum >> 15) * 0x85ebca77u + candidate->page;
	sum = (sum ^ sum >> 13) * 0xc2b2ae3du;
	sum ^= sum >> 16;
	return sum ? sum : 1;
}

/* The note about the page; a new one, in the place of another, has `when` 0 and `count` 0. */
static inline struct note *find_note(const struct evict_candidate *candidate)
{
	uint32_t page = hash(candidate), i;
	struct note *set = (struct note *)plugin_heap + page % NOTE_SETS * NOTE_WAYS;
	struct note *oldest = set;

	for (i = 0; i < NOTE_WAYS; i++) {
		if (set[i].page == page)
			return &set[i];
		if (set[i].when < oldest->when)
			oldest = &set[i];
	}
	oldest->page = page;
	oldest->when = oldest->count = 0;
	return oldest;
}

/* An answer that is being made: victims from the front of `order`, pages to keep from its end. */
struct answer {
	uint8_t *order;
	uint32_t victims, end;
};

static inline struct answer begin_answer(struct evict_window *window, uint32_t nr)
{
	const struct answer answer = { window->order, 0, nr };

	return answer;
}

static inline void drop(struct answer *answer, uint32_t candidate)
{
	answer->order[answer->victims++] = (uint8_t)candidate;
}

static inline void keep(struct answer *answer, uint32_t candidate)
{
	answer->order[--answer->end] = (uint8_t)candidate;
}

/*
 * Returns the number of victims, after all candidates were dropped or kept. If they are too
 * few, those that were kept last become victims.
 */
static inline uint32_t end_answer(const struct answer *answer, struct group *group, uint32_t least)
{
	uint32_t victims = answer->victims < least ? least : answer->victims;

	group->dropped += victims;
	return victims;
}

#endif /* EVICT_H */
