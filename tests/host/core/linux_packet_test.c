// SPDX-License-Identifier: MIT
/*
 * The check of what a graft answers for a datagram.
 *
 * Claims: a datagram that arrives can be passed, dropped, or replied to with 0 to PACKET_BYTES bytes;
 * one that the socket sends only passed or dropped. Every other value is refused, and the verdict is
 * then that the datagram passes.
 */
#include <stdio.h>

#include "../check.h"
#include "packet_answer.h"

static struct packet_answer answer;

static bool takes(uint32_t value, uint32_t direction)
{
	answer = (struct packet_answer){ PACKET_DROPS, 77 };
	return !packet_judge(value, direction, &answer);
}

static void each_value(void)
{
	uint32_t value;

	for (value = 0; value < 0x30000; value++) {
		bool plain = value == PACKET_PASS || value == PACKET_DROP;
		bool reply = value >= 0x10000 && value <= 0x10000 + PACKET_BYTES;

		CHECK(takes(value, PACKET_OUT) == plain, "%x", value);
		CHECK(takes(value, PACKET_IN) == (plain || reply), "%x", value);
		CHECK(answer.verdict == (value == PACKET_DROP ? PACKET_DROPS :
					 reply		      ? PACKET_REPLIES :
								PACKET_PASSES));
		CHECK(answer.reply_bytes == (reply ? value - 0x10000 : 0));
	}
	for (value = 1; value; value <<= 1)
		CHECK(takes(value | PACKET_REPLY(1), PACKET_IN) ==
			      (value <= 1024 || value == 0x10000),
		      "%x", value);
	CHECK(!takes(0xffffffff, PACKET_IN) && !takes(0x80000000, PACKET_IN));
}

int main(void)
{
	each_value();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
