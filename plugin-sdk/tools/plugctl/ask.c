// SPDX-License-Identifier: MIT
/* The verb ask. */
#include <stdint.h>
#include <stdlib.h>

#include "ask.h"
#include "device.h"
#include "failure.h"
#include "number.h"
#include "output.h"

#define ROUNDS_MAX 1000000u /* the kernel's limit */

static int is_answered(const void *structure)
{
	return ((const struct ringfence_ask *)structure)->answered != 0;
}

static const struct fact facts[] = {
	{ FACT_MEMBER(struct ringfence_ask, rounds), .type = FACT_NUMBER },
	{ FACT_MEMBER(struct ringfence_ask, answered), .type = FACT_NUMBER },
	{ FACT_MEMBER(struct ringfence_ask, value), .type = FACT_NUMBER, .present = is_answered },
	{ FACT_MEMBER(struct ringfence_ask, least_cycles), .type = FACT_NUMBER },
	{ FACT_MEMBER(struct ringfence_ask, cycles), .type = FACT_NUMBER },
	{ 0 },
};

/* As text, facts that the line below does not name are printed behind it, one a line. */
static const struct form form = {
	facts,
	.text = (const char *const[]){ "answered     {answered} of {rounds}", NULL },
	.hidden = "",
};

int run_ask(const struct arguments *arguments)
{
	struct ringfence_ask ask = { 0 };
	int i;

	ask.limit = number_option(arguments, "--limit", 1, UINT32_MAX, UINT32_MAX);
	ask.rounds = number_word(arguments, "ROUNDS", arguments->words[0], 1, ROUNDS_MAX);
	for (i = 1; i < arguments->nr; i++)
		ask.args[i - 1] = number_argument(arguments, arguments->words[i]);
	if (device_run(RINGFENCE_IOC_ASK, &ask, sizeof(ask), 0))
		fail("the graft of trial was not asked: %s", reason());
	output(&form, &ask);
	return EXIT_SUCCESS;
}
