// SPDX-License-Identifier: GPL-2.0-only
/* The checks of what grafts of the point `stream` answer. */
#include "stream_answer.h"

const char *stream_judge_plan(uint32_t value, uint32_t head, uint32_t unit, uint32_t flags,
			      struct stream_plan *plan)
{
	*plan = (struct stream_plan){ .kind = STREAM_PASS, .unit = 1 };
	if (value == STREAM_PASS || value == STREAM_REFUSE) {
		plan->kind = value;
		return NULL;
	}
	if (value == STREAM_CHANGES) {
		if ((flags & STREAM_READS) && (flags & STREAM_WRITES))
			return "lengths are to change, and the file is open to read and to write";
		plan->kind = STREAM_CHANGES;
		return NULL;
	}
	if (value != STREAM_KEEPS)
		return "the answer is none of STREAM_PASS, _KEEPS, _CHANGES and _REFUSE";
	if (!unit || unit > STREAM_UNIT_MAX)
		return "the unit has no byte, or more than STREAM_UNIT_MAX";
	if ((flags & (STREAM_WRITES | STREAM_SOCKET)) && (head || unit != 1))
		return "a file that is open to write, or a socket, has no head, and units of one byte";
	*plan = (struct stream_plan){ .kind = STREAM_KEEPS, .head = head, .unit = unit };
	return NULL;
}

/* May the graft do nothing until there are more bytes? */
static bool waits_for_more(const struct stream_offer *offer)
{
	return offer->waits && offer->request == STREAM_READ && offer->nr < STREAM_BYTES;
}

const char *stream_judge_bytes(const struct stream_offer *offer, uint32_t value, uint32_t taken,
			       struct stream_answer *answer)
{
	*answer = (struct stream_answer){ .corrupt = value == STREAM_CORRUPT };
	if (answer->corrupt)
		return NULL;
	if (value > STREAM_BYTES)
		return "the graft gives more than STREAM_BYTES";
	if (offer->kind == STREAM_KEEPS) {
		if (value != offer->nr)
			return "the graft keeps lengths, and gives another number of bytes";
		taken = offer->nr;
	}
	if (taken > offer->nr)
		return "the graft takes more bytes than there are";
	if (!taken && !value && offer->nr && !waits_for_more(offer))
		return "the graft neither takes nor gives a byte";
	if (!taken && offer->request == STREAM_WRITE && offer->fruitless >= STREAM_FRUITLESS_MAX)
		return "the graft gives bytes without end";
	answer->taken = taken;
	answer->given = value;
	return NULL;
}
