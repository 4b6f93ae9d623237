// SPDX-License-Identifier: GPL-2.0-only
/* The check of what grafts of the point `packet` answer. */
#include "packet_answer.h"

const char *packet_judge(uint32_t value, uint32_t direction, struct packet_answer *answer)
{
	answer->reply_bytes = 0;
	answer->verdict = value == PACKET_DROP ? PACKET_DROPS : PACKET_PASSES;
	if (value == PACKET_PASS || value == PACKET_DROP)
		return NULL;
	if (value >> 16 != PACKET_REPLY(0) >> 16)
		return "the answer is none of PACKET_PASS, PACKET_DROP and PACKET_REPLY";
	if (direction != PACKET_IN)
		return "the answer replies to a datagram that the socket sends";
	if ((value & 0xffff) > PACKET_BYTES)
		return "the reply is longer than PACKET_BYTES";
	answer->verdict = PACKET_REPLIES;
	answer->reply_bytes = value & 0xffff;
	return NULL;
}
