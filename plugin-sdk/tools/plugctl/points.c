// SPDX-License-Identifier: MIT
/* The verb points. */
#include <stdlib.h>

#include <linux/ringfence.h>

#include "points.h"
#include "rows.h"
#include "words.h"

#define FIELD(field) FACT_MEMBER(struct ringfence_point, field)
#define NUMBER(field)                             \
	{                                         \
		FIELD(field), .type = FACT_NUMBER \
	}

static const struct fact facts[] = {
	{ FIELD(point), .type = FACT_TEXT },
	NUMBER(number),
	NUMBER(version),
	{ FIELD(kind), .type = FACT_WORD, .word = kind_word },
	{ FIELD(context), .type = FACT_WORD, .word = context_word },
	NUMBER(failures),
	NUMBER(budget_us),
	NUMBER(grafts),
	NUMBER(asked),
	NUMBER(answered),
	NUMBER(aborted),
	NUMBER(unasked),
	{ FIELD(question), .type = FACT_TEXT },
	{ 0 },
};

static const struct form form = {
	facts,
	.text =
		(const char *const[]){
			"{point:-12} {kind:-6} {grafts:6} {asked:10} {answered:10} {aborted:8} "
			"{unasked:8}  {question}",
			NULL,
		},
};
static const char heading[] =
	"POINT        KIND   GRAFTS      ASKED   ANSWERED  ABORTED  UNASKED  QUESTION";

static void advance(void *point)
{
	((struct ringfence_point *)point)->index++; /* not printed */
}

int run_points(const struct arguments *arguments)
{
	struct rows rows = { .what = "graft points", .size = sizeof(struct ringfence_point) };
	struct ringfence_point point = { 0 };

	(void)arguments;
	rows_read(&rows, RINGFENCE_IOC_POINT, sizeof(point), 0, &point, advance);
	rows_print(&rows, &form, heading);
	return EXIT_SUCCESS;
}
