// SPDX-License-Identifier: MIT
/*
 * The checks of what a graft answers about streams.
 *
 * Claims: of plans the four words are taken, with a head and units only of a file that is not
 * written, and a change of lengths only of a file that goes one way. Of filtered bytes a number up to STREAM_BYTES is
 * taken: as many as there were if lengths are kept; else with progress, and not without end.
 * STREAM_CORRUPT is taken. Whatever is refused leaves a plan that filters nothing, or an answer of no byte.
 */
#include <stdio.h>

#include "../check.h"
#include "stream_answer.h"

static struct stream_plan plan;
static struct stream_answer answer;

static bool plans(uint32_t value, uint32_t head, uint32_t unit, uint32_t flags)
{
	plan = (struct stream_plan){ 77, 77, 77 };
	if (!stream_judge_plan(value, head, unit, flags, &plan))
		return true;
	CHECK(plan.kind == STREAM_PASS && !plan.head && plan.unit == 1);
	return false;
}

static void each_plan(void)
{
	const uint32_t both = STREAM_READS | STREAM_WRITES;
	uint32_t value, flags;

	for (flags = 0; flags <= both; flags++) {
		for (value = 0; value < 0x10000; value++)
			CHECK(plans(value, 0, 1, flags) ==
			      (value <= STREAM_REFUSE &&
			       (value != STREAM_CHANGES || flags != both)));
		for (value = 0; value < 3 * STREAM_UNIT_MAX; value++)
			CHECK(plans(STREAM_KEEPS, 0, value, flags) ==
			      (value && value <= (flags & STREAM_WRITES ? 1 : STREAM_UNIT_MAX)));
		CHECK(plans(STREAM_KEEPS, 1, 1, flags) == !(flags & STREAM_WRITES));
		CHECK(plans(STREAM_KEEPS, UINT32_MAX, 3, flags) == !(flags & STREAM_WRITES));
		CHECK(plans(STREAM_PASS, 5, 0, flags) && plan.kind == STREAM_PASS && !plan.head &&
		      plan.unit == 1);
		CHECK(!plans(0xffffffff, 0, 1, flags) && !plans(0xdeadbeef, 0, 1, flags));
	}
	CHECK(plans(STREAM_KEEPS, 15, 3, STREAM_READS) && plan.kind == STREAM_KEEPS &&
	      plan.head == 15 && plan.unit == 3);
	CHECK(!plans(STREAM_KEEPS, 0, UINT32_MAX, STREAM_READS));
}

static bool takes(const struct stream_offer *offer, uint32_t value, uint32_t taken)
{
	answer = (struct stream_answer){ true, 77, 77 };
	if (!stream_judge_bytes(offer, value, taken, &answer))
		return true;
	CHECK(!answer.corrupt && !answer.taken && !answer.given);
	return false;
}

static void each_answer_that_keeps(void)
{
	struct stream_offer offer = { .kind = STREAM_KEEPS, .request = STREAM_READ };
	uint32_t value;

	for (offer.nr = 0; offer.nr < 40; offer.nr++)
		for (value = 0; value < 100; value++) {
			CHECK(takes(&offer, value, value * 7) == (value == offer.nr));
			if (value == offer.nr)
				CHECK(answer.taken == value && answer.given == value);
		}
	offer.nr = STREAM_BYTES;
	CHECK(takes(&offer, STREAM_BYTES, 0) && !takes(&offer, STREAM_BYTES + 1, 0));
	CHECK(takes(&offer, STREAM_CORRUPT, 3) && answer.corrupt && !answer.taken && !answer.given);
}

static void each_answer_that_changes(void)
{
	struct stream_offer offer = { .kind = STREAM_CHANGES };
	uint32_t nrs[] = { 0, 1, 2, STREAM_BYTES - 1, STREAM_BYTES };
	uint32_t values[] = {
		0, 1, 2, STREAM_BYTES - 1, STREAM_BYTES, STREAM_BYTES + 1, UINT32_MAX - 1
	};
	size_t i, j, k;

	for (offer.request = STREAM_READ; offer.request <= STREAM_WRITE; offer.request++)
		for (i = 0; i < sizeof(nrs) / sizeof(nrs[0]); i++)
			for (j = 0; j < sizeof(values) / sizeof(values[0]); j++)
				for (k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
					uint32_t given = values[j], taken = values[k];

					offer.nr = nrs[i];
					CHECK(takes(&offer, given, taken) ==
					      (given <= STREAM_BYTES && taken <= offer.nr &&
					       (given || taken || !offer.nr)));
				}
	offer = (struct stream_offer){ STREAM_CHANGES, STREAM_WRITE, 5, STREAM_FRUITLESS_MAX - 1,
				       0 };
	CHECK(takes(&offer, 1, 0));
	offer.fruitless++;
	CHECK(!takes(&offer, 1, 0) && takes(&offer, 1, 1) && takes(&offer, 0, 1));
	offer.request = STREAM_READ;
	CHECK(takes(&offer, 1, 0)); /* who reads can stop */
	CHECK(takes(&offer, STREAM_CORRUPT, 5) && answer.corrupt);
}

/* A graft may wait for more bytes of a connection, while there is room for them. */
static void each_answer_that_waits(void)
{
	struct stream_offer offer = { STREAM_CHANGES, STREAM_READ, 5, 0, 1 };

	CHECK(takes(&offer, 0, 0) && !answer.taken && !answer.given);
	offer.nr = STREAM_BYTES - 1;
	CHECK(takes(&offer, 0, 0));
	offer.nr++;
	CHECK(!takes(&offer, 0, 0));
	offer = (struct stream_offer){ STREAM_CHANGES, STREAM_WRITE, 5, 0, 1 };
	CHECK(!takes(&offer, 0, 0));
	offer = (struct stream_offer){ STREAM_KEEPS, STREAM_READ, 5, 0, 1 };
	CHECK(!takes(&offer, 0, 0));
}

static void each_plan_of_a_connection(void)
{
	uint32_t flags;

	for (flags = STREAM_READS; flags <= STREAM_WRITES; flags++) {
		CHECK(plans(STREAM_KEEPS, 0, 1, flags | STREAM_SOCKET));
		CHECK(plans(STREAM_CHANGES, 0, 1, flags | STREAM_SOCKET));
		CHECK(!plans(STREAM_KEEPS, 1, 1, flags | STREAM_SOCKET));
		CHECK(!plans(STREAM_KEEPS, 0, 2, flags | STREAM_SOCKET));
	}
}

int main(void)
{
	each_answer_that_waits();
	each_plan_of_a_connection();
	each_plan();
	each_answer_that_keeps();
	each_answer_that_changes();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
