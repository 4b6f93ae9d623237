/* SPDX-License-Identifier: GPL-2.0-only */
/* What an answer of a graft of the point `packet` says. */
#ifndef RINGFENCE_PACKET_ANSWER_H
#define RINGFENCE_PACKET_ANSWER_H

#include <ringfence/point_list.h>

struct packet_answer {
	enum { PACKET_PASSES, PACKET_DROPS, PACKET_REPLIES } verdict;
	uint32_t reply_bytes; /* with PACKET_REPLIES, at most PACKET_BYTES */
};

/*
 * Judge @value, the graft's answer for a datagram of that direction. NULL, and *@answer is set; or a
 * phrase, a constant, that says what is wrong with the answer. Pure.
 */
const char *packet_judge(uint32_t value, uint32_t direction, struct packet_answer *answer);

#endif /* RINGFENCE_PACKET_ANSWER_H */
