// SPDX-License-Identifier: GPL-2.0-only
/* See sched_answer.h. Pure functions, which are tested on the host. */
#include "sched_answer.h"

const char *sched_judge(const struct sched_offer *offer, u32 value, struct graft_answer *answer)
{
	answer->index = SCHED_DEFAULT;
	answer->keeps = false;
	if (value == SCHED_DEFAULT)
		return NULL;
	if (offer->reason == SCHED_PICK && value & SCHED_KEEP(0)) {
		answer->keeps = true;
		value &= ~SCHED_KEEP(0);
	}
	if (value >= offer->nr)
		return "the answer is no candidate";
	if (value && offer->reason == SCHED_PICK && offer->owed_us > SCHED_OWED_US)
		return "the answer starves a task, which has waited for too long";
	answer->index = value;
	return NULL;
}

/* What is paid back counts four times. */
#define PAYS 4

u64 sched_owes(u64 owed, u64 ran, bool passes)
{
	if (ran > SCHED_LOOK_NS)
		return 0;
	if (!passes)
		return owed > ran * PAYS ? owed - ran * PAYS : 0;
	if (owed + ran > SCHED_OWED_MAX_NS)
		return owed > SCHED_OWED_MAX_NS ? owed : SCHED_OWED_MAX_NS;
	return owed + ran;
}
