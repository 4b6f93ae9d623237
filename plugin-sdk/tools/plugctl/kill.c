// SPDX-License-Identifier: MIT
/* The verbs kill and unload. */
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "kill.h"
#include "name.h"
#include "output.h"

struct done {
	char name[RINGFENCE_NAME_SIZE];
	uint32_t done; /* 1 */
};

#define DONE_FACTS(what)                                                                       \
	{                                                                                      \
		{ FACT_MEMBER(struct done, name), .type = FACT_TEXT },                         \
			{ FACT_NAMED(what, struct done, done), .type = FACT_FLAG, .mask = 1 }, \
			{ 0 },                                                                 \
	}

static const struct fact kill_facts[] = DONE_FACTS("killed");
static const struct fact unload_facts[] = DONE_FACTS("unloaded");
static const struct form kill_form = {
	kill_facts,
	.text = (const char *const[]){ "killed {name}", NULL },
};
static const struct form unload_form = {
	unload_facts,
	.text = (const char *const[]){ "unloaded {name}", NULL },
};

static void report_done(const struct form *form, const char *name)
{
	struct done done = { .done = 1 };

	strcpy(done.name, name);
	output(form, &done);
}

int run_kill(const struct arguments *arguments)
{
	struct ringfence_kill kill = { 0 };

	name_set(kill.name, arguments->words[0]);
	if (device_run(RINGFENCE_IOC_KILL, &kill, sizeof(kill), 0))
		fail("%s was not killed: %s", kill.name, reason());
	report_done(&kill_form, kill.name);
	return EXIT_SUCCESS;
}

int run_unload(const struct arguments *arguments)
{
	const char *kill = option_value(arguments, "--kill");
	struct ringfence_unload unload = { 0 };

	name_set(unload.name, arguments->words[0]);
	if (device_run(RINGFENCE_IOC_UNLOAD, &unload, sizeof(unload),
		       kill ? RINGFENCE_UNLOAD_KILL : 0))
		fail("%s was not unloaded: %s", unload.name, reason());
	report_done(&unload_form, unload.name);
	return EXIT_SUCCESS;
}
