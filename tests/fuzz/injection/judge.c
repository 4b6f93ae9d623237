// SPDX-License-Identifier: MIT
/* See judge.h. */
#include <stdio.h>

#include "judge.h"

#define CLASSES_MAX 64

const char *const outcome_names[OUTCOMES] = { "unnoticed", "refused", "fault",	"timeout",
					      "forbidden", "killed",  "unasked" };

static uint32_t counts[ROWS_MAX][CLASSES_MAX][OUTCOMES];

/* PLUGIN_STATUS_* of the plugin ABI, which a plugin that was stopped has. */
static enum outcome stopped(uint32_t status)
{
	switch (status) {
	case 1:
		return FAULT;
	case 2:
		return TIMEOUT;
	case 3:
		return KILLED;
	case 4:
		return FORBIDDEN;
	}
	fail("a plugin was stopped with status %u", status);
}

enum outcome judge(const struct seat *seat)
{
	struct ringfence_show show = show_plugin(seat->plugin);
	struct ringfence_graft graft = graft_of(seat->graft);

	if (show.state == RINGFENCE_STATE_DEAD) {
		if (graft.attached)
			fail("a plugin that was stopped is attached");
		return stopped(show.last_status);
	}
	if (show.state != RINGFENCE_STATE_IDLE)
		fail("a plugin that nobody calls has state %u", show.state);
	if (graft.asked != graft.answered + graft.aborted + graft.unasked || graft.unasked)
		fail("a graft was asked %llu times, %llu answered, %llu aborted", graft.asked,
		     graft.answered, graft.aborted);
	if (graft.aborted)
		return REFUSED;
	return show.calls ? UNNOTICED : UNASKED;
}

void count_outcome(const struct injection *injection, enum outcome outcome)
{
	if (injection->kind >= CLASSES_MAX)
		fail("class %u is too much", injection->kind);
	counts[injection->row][injection->kind][outcome]++;
}

void print_outcomes(void)
{
	unsigned int row, kind, outcome;

	for (row = 0; row < ROWS_MAX; row++)
		for (kind = 0; kind < CLASSES_MAX; kind++)
			for (outcome = 0; outcome < OUTCOMES; outcome++)
				if (counts[row][kind][outcome])
					printf("count %u %u %u %u\n", row, kind, outcome,
					       counts[row][kind][outcome]);
}
