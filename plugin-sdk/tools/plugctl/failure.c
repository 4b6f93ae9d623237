// SPDX-License-Identifier: MIT
/* Failures on standard error, or with --json as a document on standard output. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "failure.h"
#include "help.h"
#include "output.h"

struct error {
	const char *sentence;
};

static const struct fact facts[] = {
	{ FACT_NAMED("error", struct error, sentence), .type = FACT_STRING },
	{ 0 },
};
static const struct form form = { .facts = facts };

static void print_failure(const char *prefix, const char *format, va_list args)
{
	char text[1024];
	int used = snprintf(text, sizeof(text), "%s%s", prefix, prefix[0] ? ": " : "");

	vsnprintf(text + used, sizeof(text) - used, format, args);
	if (as_json) {
		output_json(&form, &(struct error){ text });
		fflush(stdout);
	} else {
		output_hide_controls(text); /* of words of the command line */
		fprintf(stderr, "plugctl: %s\n", text);
	}
}

void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_failure("", format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}

void usage(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_failure(verb ? verb->name : "", format, args);
	va_end(args);
	if (as_json)
		exit(EXIT_USAGE);
	if (verb)
		usage_line(stderr, verb);
	else
		help(stderr, NULL);
	exit(EXIT_USAGE);
}
