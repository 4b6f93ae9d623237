// SPDX-License-Identifier: MIT
/* The verbs kill and unload. */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"
#include "failure.h"
#include "json.h"
#include "name.h"

static void report_done(const char *name, const char *what)
{
	if (as_json) {
		json_open(NULL, '{');
		json_text("name", name);
		json_bool(what, 1);
		json_close();
	} else {
		printf("%s %s\n", what, name);
	}
}

int run_kill(const struct arguments *arguments)
{
	struct ringfence_kill kill = { 0 };

	name_set(kill.name, arguments->words[0]);
	if (device_run(RINGFENCE_IOC_KILL, &kill, sizeof(kill), 0))
		fail("%s was not killed: %s", kill.name, reason());
	report_done(kill.name, "killed");
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
	report_done(unload.name, "unloaded");
	return EXIT_SUCCESS;
}
