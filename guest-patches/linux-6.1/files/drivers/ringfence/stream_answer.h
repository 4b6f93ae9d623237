/* SPDX-License-Identifier: GPL-2.0-only */
/* What an answer of a graft of the point `stream` says. */
#ifndef RINGFENCE_STREAM_ANSWER_H
#define RINGFENCE_STREAM_ANSWER_H

#include <ringfence/point_list.h>

/* Of answers to STREAM_OPEN. */
struct stream_plan {
	uint32_t kind;	     /* the answer */
	uint32_t head, unit; /* with STREAM_KEEPS, unit 1 to STREAM_UNIT_MAX; else 0 and 1 */
};

/*
 * Judge the answer about a file that is open as @flags (STREAM_READS, STREAM_WRITES) say, or
 * about a direction of a socket (STREAM_SOCKET). NULL, and
 * *@plan is set; or a phrase, a constant, that says what is wrong with the answer. Pure.
 */
const char *stream_judge_plan(uint32_t value, uint32_t head, uint32_t unit, uint32_t flags,
			      struct stream_plan *plan);

/* What a graft was asked to filter. */
struct stream_offer {
	uint32_t kind;	    /* STREAM_KEEPS or STREAM_CHANGES */
	uint32_t request;   /* STREAM_READ or STREAM_WRITE */
	uint32_t nr;	    /* bytes, at most STREAM_BYTES */
	uint32_t fruitless; /* answers before this one, in a row, that took no byte */
	uint32_t waits;	    /* bool: more bytes may come for a question that has STREAM_READ */
};

struct stream_answer {
	bool corrupt;	/* STREAM_CORRUPT: then taken and given are 0 */
	uint32_t taken; /* at most offer.nr */
	uint32_t given; /* at most STREAM_BYTES */
};

/* A graft may answer so often, one time after the other, to a write without taking a byte. */
#define STREAM_FRUITLESS_MAX 1024u

/* Judge the answer with *@answer in place of *@plan, as stream_judge_plan() does. Pure. */
const char *stream_judge_bytes(const struct stream_offer *offer, uint32_t value, uint32_t taken,
			       struct stream_answer *answer);

#endif /* RINGFENCE_STREAM_ANSWER_H */
