// SPDX-License-Identifier: MIT
/*
 * The check of what a graft answers to the scheduler, and how long it may pass over a task.
 *
 * Claims: an answer is one of the candidates, or SCHED_DEFAULT; every other value is refused. When a task
 * was passed over for too long, no other candidate than the first is taken, but at a wake-up. Whatever a graft
 * answers, the kernel's own choice runs for a fifth of the time at least, and for less than 10 ms of
 * the cgroup's time no task is passed over.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../check.h"
#include "sched_answer.h"

static u32 taken;
static struct graft_answer answer;

static bool takes(u32 reason, u32 nr, u32 owed_us, u32 value)
{
	const struct sched_offer offer = { .reason = reason, .nr = nr, .owed_us = owed_us };

	const char *refusal;

	answer = (struct graft_answer){ 77, true };
	refusal = sched_judge(&offer, value, &answer);
	taken = answer.index;
	return !refusal;
}

static void each_value(void)
{
	u32 nr, value, reason;

	for (reason = SCHED_PICK; reason <= SCHED_WAKE; reason++)
		for (nr = 2; nr <= SCHED_CANDIDATES; nr++)
			for (value = 0; value < 3 * SCHED_CANDIDATES; value++) {
				CHECK(takes(reason, nr, 0, value) == (value < nr));
				CHECK(taken == (value < nr ? value : SCHED_DEFAULT));
				CHECK(takes(reason, nr, SCHED_OWED_US, value) == (value < nr));
			}
	CHECK(takes(SCHED_PICK, 2, 0, SCHED_DEFAULT) && taken == SCHED_DEFAULT);
	CHECK(!takes(SCHED_PICK, 2, 0, SCHED_DEFAULT - 1) && taken == SCHED_DEFAULT);
	for (value = 2; value; value <<= 1) {
		bool keep = value == SCHED_KEEP(0);

		CHECK(takes(SCHED_PICK, 2, 0, value) == keep);
		CHECK(takes(SCHED_PICK, 2, 0, value | 1) == keep &&
		      taken == (keep ? 1 : SCHED_DEFAULT));
		CHECK(!takes(SCHED_WAKE, 2, 0, value) && !takes(SCHED_WAKE, 2, 0, value | 1));
	}
}

static void keeps(void)
{
	CHECK(takes(SCHED_PICK, 3, 0, 2) && !answer.keeps);
	CHECK(takes(SCHED_PICK, 3, 0, SCHED_KEEP(2)) && answer.keeps && taken == 2);
	CHECK(!takes(SCHED_PICK, 3, 0, SCHED_KEEP(3)) && !takes(SCHED_PICK, 3, 0, 0x300));
	CHECK(takes(SCHED_PICK, 3, 0, SCHED_DEFAULT) && !answer.keeps);
	CHECK(!takes(SCHED_WAKE, 2, 0, SCHED_KEEP(1)) && !answer.keeps);
	CHECK(!takes(SCHED_PICK, 3, SCHED_OWED_US + 1, SCHED_KEEP(1)));
	CHECK(takes(SCHED_PICK, 3, SCHED_OWED_US + 1, SCHED_KEEP(0)) && answer.keeps);
}

static void overdue(void)
{
	u32 value;

	CHECK(takes(SCHED_PICK, 4, SCHED_OWED_US + 1, 0) && !taken);
	CHECK(takes(SCHED_PICK, 4, SCHED_OWED_US + 1, SCHED_DEFAULT) && taken == SCHED_DEFAULT);
	for (value = 1; value < 6; value++) {
		CHECK(!takes(SCHED_PICK, 4, SCHED_OWED_US + 1, value) && taken == SCHED_DEFAULT);
		CHECK(!takes(SCHED_PICK, 4, ~0u, value));
	}
	CHECK(takes(SCHED_WAKE, 2, SCHED_OWED_US + 1, 1) && taken == 1);
	CHECK(!takes(SCHED_WAKE, 2, SCHED_OWED_US + 1, 2));
}

static void owes(void)
{
	CHECK(sched_owes(0, 0, true) == 0 && sched_owes(0, 7, true) == 7);
	CHECK(sched_owes(5, 7, true) == 12 && sched_owes(0, 7, false) == 0);
	CHECK(sched_owes(29, 7, false) == 1 && sched_owes(28, 7, false) == 0);
	CHECK(sched_owes(27, 7, false) == 0 && sched_owes(~0ull, 1, false) == ~0ull - 4);
	/* Nobody has looked for so long that this graft is not to blame. */
	CHECK(sched_owes(5, SCHED_LOOK_NS, true) == SCHED_LOOK_NS + 5);
	CHECK(sched_owes(5, SCHED_LOOK_NS + 1, true) == 0);
	CHECK(sched_owes(5, ~0ull, true) == 0 && sched_owes(5, ~0ull, false) == 0);
	/* A bound. */
	CHECK(sched_owes(SCHED_OWED_MAX_NS - 1, 1, true) == SCHED_OWED_MAX_NS);
	CHECK(sched_owes(SCHED_OWED_MAX_NS, 1, true) == SCHED_OWED_MAX_NS);
	CHECK(sched_owes(SCHED_OWED_MAX_NS + 1, 1, true) == SCHED_OWED_MAX_NS + 1);
}

#define TICK_NS 4000000u

/*
 * A graft that passes over tasks whenever it may, in a cgroup that runs for random times between two
 * questions, with ticks of 4 ms.
 */
static void share_of_the_kernels_choice(void)
{
	u64 owed = 0, all = 0, own = 0, passed = 0, longest = 0;
	u32 tick = TICK_NS, i;
	bool passes = false;

	for (i = 0; i < 1000000; i++) {
		u32 ran = rand() % 5 ? (u32)rand() % 300000 : (u32)rand() % TICK_NS;

		ran = ran < tick ? ran : tick;
		tick = ran < tick ? tick - ran : TICK_NS;
		owed = sched_owes(owed, ran, passes);
		all += ran;
		own += passes ? 0 : ran;
		passed = passes ? passed + ran : 0;
		longest = passed > longest ? passed : longest;
		passes = takes(SCHED_PICK, 2, (u32)(owed / 1000), 1) && taken == 1;
	}
	CHECK(own * 100 >= all * 19, "%llu of %llu", (unsigned long long)own,
	      (unsigned long long)all);
	CHECK(longest > SCHED_OWED_US * 1000 && longest < 10000000);
}

int main(void)
{
	each_value();
	keeps();
	overdue();
	owes();
	share_of_the_kernels_choice();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
