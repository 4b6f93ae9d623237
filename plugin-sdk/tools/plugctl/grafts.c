// SPDX-License-Identifier: MIT
/* The verb grafts. */
#include <stdlib.h>

#include <linux/ringfence.h>

#include "grafts.h"
#include "rows.h"
#include "words.h"

/* A graft, and three columns of the text that are made of its facts. */
struct row {
	struct ringfence_graft graft;
	char from[RINGFENCE_NAME_SIZE + RINGFENCE_ENTRY_SIZE]; /* plugin:entry */
	char whom[RINGFENCE_SOURCE_SIZE + 16];		       /* for whose requests */
	uint32_t state;					       /* of states[] */
};

static int is_for_file(const void *structure)
{
	return ((const struct row *)structure)->graft.scope == RINGFENCE_SCOPE_FILE;
}

static int is_for_cgroup(const void *structure)
{
	return ((const struct row *)structure)->graft.scope == RINGFENCE_SCOPE_CGROUP;
}

static int is_for_process(const void *structure)
{
	return ((const struct row *)structure)->graft.scope == RINGFENCE_SCOPE_PROCESS;
}

static int is_for_socket(const void *structure)
{
	return ((const struct row *)structure)->graft.scope == RINGFENCE_SCOPE_SOCKET;
}

static int has_outcome(const void *structure)
{
	return ((const struct row *)structure)->graft.outcome[0] != 0;
}

#define FIELD(field) FACT_NAMED(#field, struct row, graft.field)
#define NUMBER(field)                             \
	{                                         \
		FIELD(field), .type = FACT_NUMBER \
	}

static const char *const states[] = { "detached", "attached", "shut" };

static const char *graft_state(uint32_t state)
{
	return states[state];
}

static const struct fact facts[] = {
	NUMBER(id),
	{ FACT_NAMED("plugin", struct row, graft.name), .type = FACT_TEXT },
	{ FIELD(entry), .type = FACT_TEXT },
	{ FIELD(point), .type = FACT_TEXT },
	{ FIELD(scope), .type = FACT_WORD, .word = scope_word },
	{ FACT_NAMED("file", struct row, graft.target), .type = FACT_TEXT, .present = is_for_file },
	{ FIELD(process), .type = FACT_NUMBER, .present = is_for_process },
	{ FACT_NAMED("cgroup", struct row, graft.target), .type = FACT_TEXT,
	  .present = is_for_cgroup },
	{ FACT_NAMED("socket", struct row, graft.target), .type = FACT_TEXT,
	  .present = is_for_socket },
	{ FIELD(attached), .type = FACT_FLAG, .mask = 1 },
	{ FIELD(fails_closed), .type = FACT_FLAG, .mask = 1 },
	{ FIELD(shut), .type = FACT_FLAG, .mask = 1 },
	NUMBER(failures),
	NUMBER(failures_max),
	NUMBER(asked),
	NUMBER(answered),
	NUMBER(aborted),
	NUMBER(unasked),
	{ FIELD(outcome), .type = FACT_TEXT, .present = has_outcome },
	{ FACT_MEMBER(struct row, from), .type = FACT_TEXT, .only_text = 1 },
	{ FACT_MEMBER(struct row, whom), .type = FACT_TEXT, .only_text = 1 },
	{ FACT_MEMBER(struct row, state), .type = FACT_WORD, .word = graft_state, .only_text = 1 },
	{ 0 },
};

static const struct form form = {
	facts,
	.text =
		(const char *const[]){
			"{id:-4} {from:-24} {point:-12} {whom:-20} {state:-8} "
			"{failures:4}/{failures_max:-4} {asked:10} {answered:10} {aborted:8} "
			"{unasked:8}[  {outcome}]",
			NULL,
		},
};
static const char heading[] =
	"ID   GRAFT                    POINT        FOR                  STATE    FAILURES "
	"      ASKED   ANSWERED  ABORTED  UNASKED  OUTCOME";

static void complete(void *structure)
{
	struct row *row = structure;
	const struct ringfence_graft *graft = &row->graft;

	row->state = !graft->attached ? 0 : graft->shut ? 2 : 1;
	snprintf(row->from, sizeof(row->from), "%s:%s", graft->name, graft->entry);
	if (is_for_file(row))
		snprintf(row->whom, sizeof(row->whom), "file %s", graft->target);
	else if (is_for_cgroup(row))
		snprintf(row->whom, sizeof(row->whom), "cgroup %s", graft->target);
	else if (is_for_process(row))
		snprintf(row->whom, sizeof(row->whom), "process %d", graft->process);
	else if (is_for_socket(row))
		snprintf(row->whom, sizeof(row->whom), "%s", graft->target);
	else
		snprintf(row->whom, sizeof(row->whom), "%s", scope_word(graft->scope));
	output_hide_controls(row->whom); /* a file may have any name */
}

int run_grafts(const struct arguments *arguments)
{
	struct rows rows = { .what = "grafts", .size = sizeof(struct row) };
	struct row row = { 0 };

	(void)arguments;
	/* Each ioctl asks for the graft behind the one that is in @row. */
	rows_read(&rows, RINGFENCE_IOC_GRAFT, sizeof(row.graft), 0, &row, complete);
	rows_print(&rows, &form, heading);
	return EXIT_SUCCESS;
}
