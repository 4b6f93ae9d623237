// SPDX-License-Identifier: MIT
/* The verb call. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_op.h"

#include "device.h"
#include "failure.h"
#include "json.h"
#include "name.h"
#include "number.h"
#include "report.h"
#include "window.h"
#include "words.h"

/* Prints how the call ended, and the fault record if there is one. Returns the exit status. */
static int report_call(const struct ringfence_call *call, const struct ringfence_fault *fault)
{
	int have_fault = call->status && fault->status;

	if (as_json) {
		json_open(NULL, '{');
		json_text("name", call->name);
		json_text("entry", call->entry);
		json_text("status", status_word(call->status));
		if (!call->status)
			json_number("value", call->value);
		if (have_fault)
			report_fault_json(fault);
		json_close();
	} else if (!call->status) {
		printf("%u (%#x), status ok\n", call->value, call->value);
	} else {
		fflush(stdout);
		if (call->status == PLUGIN_STATUS_DEAD)
			fprintf(stderr,
				"plugctl: plugin %s was not run, it had been stopped before: "
				"unload it and load it again\n",
				call->name);
		if (have_fault)
			report_fault(stderr, fault);
		else if (call->status != PLUGIN_STATUS_DEAD)
			fprintf(stderr, "plugctl: plugin %s was stopped: %s\n", call->name,
				status_word(call->status));
	}
	return call->status ? EXIT_STOPPED : EXIT_SUCCESS;
}

int run_call(const struct arguments *arguments)
{
	const char *window = option_value(arguments, "--window");
	char **words = arguments->words;
	int room = window ? RINGFENCE_ARGS_MAX - 2 : RINGFENCE_ARGS_MAX;
	struct ringfence_fault fault = { .head.size = sizeof(fault) };
	struct ringfence_call call = { .fault = (uintptr_t)&fault };
	unsigned int flags = 0;
	int i;

	name_set(call.name, words[0]);
	if (!words[1][0] || strlen(words[1]) >= sizeof(call.entry))
		fail("\"%s\" is not an entry's name: it has 1 to %zu characters", words[1],
		     sizeof(call.entry) - 1);
	strcpy(call.entry, words[1]);
	call.kill_after_us =
		number_option(arguments, "--kill-after-ms", 1, UINT32_MAX / 1000, 0) * 1000;
	if (arguments->nr - 2 > room)
		usage(arguments->verb, "an entry takes at most %d arguments%s, not %d", room,
		      window ? " after a window" : "", arguments->nr - 2);
	for (i = 2; i < arguments->nr; i++)
		call.args[call.nr_args++] = number_argument(arguments, words[i]);
	if (window)
		window_read(window, &call, &flags);
	if (device_run(RINGFENCE_IOC_CALL, &call, sizeof(call), flags))
		fail("%s was not called: %s", call.name, reason());
	if (window && !call.status)
		window_write(&call);
	return report_call(&call, &fault);
}
