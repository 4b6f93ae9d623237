// SPDX-License-Identifier: MIT
/* The verb call. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin_op.h"

#include "call.h"
#include "device.h"
#include "failure.h"
#include "fault.h"
#include "name.h"
#include "number.h"
#include "output.h"
#include "window.h"
#include "words.h"

struct called {
	struct ringfence_call call;
	struct ringfence_fault fault; /* status 0: there is no record */
};

static int has_value(const void *structure)
{
	return !((const struct called *)structure)->call.status;
}

static int has_fault(const void *structure)
{
	const struct called *called = structure;

	return called->call.status && called->fault.status;
}

static const struct fact facts[] = {
	{ FACT_NAMED("name", struct called, call.name), .type = FACT_TEXT },
	{ FACT_NAMED("entry", struct called, call.entry), .type = FACT_TEXT },
	{ FACT_NAMED("status", struct called, call.status), .type = FACT_WORD,
	  .word = status_word },
	{ FACT_NAMED("value", struct called, call.value), .type = FACT_NUMBER,
	  .present = has_value },
	{ FACT_MEMBER(struct called, fault), .type = FACT_OBJECT, .facts = fault_facts,
	  .present = has_fault },
	{ 0 },
};

static const struct form form = {
	facts,
	.text = (const char *const[]){ "{value} ({value:#x}), status {status}", NULL },
};

/* Tells on standard error how the plugin was stopped. */
static void tell_stop(const struct called *called)
{
	const struct ringfence_call *call = &called->call;

	fflush(stdout);
	if (call->status == PLUGIN_STATUS_DEAD)
		fprintf(stderr,
			"plugctl: plugin %s was not run, it had been stopped before: "
			"unload it and load it again\n",
			call->name);
	if (has_fault(called))
		fault_print(stderr, &called->fault);
	else if (call->status != PLUGIN_STATUS_DEAD)
		fprintf(stderr, "plugctl: plugin %s was stopped: %s\n", call->name,
			status_word(call->status));
}

int run_call(const struct arguments *arguments)
{
	const char *window = option_value(arguments, "--window");
	char **words = arguments->words;
	int room = window ? RINGFENCE_ARGS_MAX - 2 : RINGFENCE_ARGS_MAX;
	struct called called = { .fault.head.size = sizeof(called.fault) };
	struct ringfence_call *call = &called.call;
	unsigned int flags = 0;
	int i;

	call->fault = (uintptr_t)&called.fault;
	name_set(call->name, words[0]);
	name_set_entry(call->entry, words[1]);
	call->kill_after_us =
		number_option(arguments, "--kill-after-ms", 1, UINT32_MAX / 1000, 0) * 1000;
	if (arguments->nr - 2 > room)
		usage(arguments->verb, "an entry takes at most %d arguments%s, not %d", room,
		      window ? " after a window" : "", arguments->nr - 2);
	for (i = 2; i < arguments->nr; i++)
		call->args[call->nr_args++] = number_argument(arguments, words[i]);
	if (window)
		window_read(window, call, &flags);
	if (device_run(RINGFENCE_IOC_CALL, call, sizeof(*call), flags))
		fail("%s was not called: %s", call->name, reason());
	if (window && !call->status)
		window_write(call);
	if (as_json || !call->status)
		output(&form, &called);
	else
		tell_stop(&called);
	return call->status ? EXIT_STOPPED : EXIT_SUCCESS;
}
