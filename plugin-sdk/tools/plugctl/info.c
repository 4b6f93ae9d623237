// SPDX-License-Identifier: MIT
/* The verb info. */
#include <stdlib.h>

#include "device.h"
#include "failure.h"
#include "info.h"
#include "output.h"
#include "words.h"

#define FIELD(field) FACT_MEMBER(struct ringfence_info, field)
#define NUMBER(field)                             \
	{                                         \
		FIELD(field), .type = FACT_NUMBER \
	}

static const struct fact facts[] = {
	{ FIELD(abi), .type = FACT_ABI },
	{ FIELD(mode), .type = FACT_WORD, .word = mode_word },
	{ FIELD(enforces), .type = FACT_SET, .word = enforced_word },
	NUMBER(tick_us),
	NUMBER(budget_us),
	NUMBER(plugins),
	NUMBER(plugins_max),
	NUMBER(pages_free),
	{ 0 },
};

static const struct form form = {
	facts,
	.text =
		(const char *const[]){
			"abi          {abi}",
			"mode         {mode}",
			"enforces    [ {enforces}]",
			"tick         {tick_us} us",
			"budget       {budget_us} us a call, if a plugin does not say",
			"plugins      {plugins} of {plugins_max}",
			"pages free   {pages_free}",
			NULL,
		},
};

int run_info(const struct arguments *arguments)
{
	struct ringfence_info info = { 0 };

	(void)arguments;
	if (device_run(RINGFENCE_IOC_INFO, &info, sizeof(info), 0))
		fail("%s", reason());
	output(&form, &info);
	return EXIT_SUCCESS;
}
