// SPDX-License-Identifier: MIT
/* Help as text or, with --json, as one document (schema/plugctl.schema.json). */
#include "help.h"
#include "output.h"

static void put_option(FILE *to, const struct option *option)
{
	fprintf(to, "%s%s%s", option->name, option->value ? " " : "",
		option->value ? option->value : "");
}

void usage_line(FILE *to, const struct verb *verb)
{
	const struct option *option;

	fprintf(to, "usage: plugctl [--json] %s", verb->name);
	if (verb->words[0])
		fprintf(to, " %s", verb->words);
	for (option = verb->options; option->name; option++) {
		fputs(" [", to);
		put_option(to, option);
		fputc(']', to);
	}
	fputc('\n', to);
}

static void help_all(FILE *to)
{
	const struct option *option;
	const struct verb *verb;
	int used;

	fputs("usage: plugctl [--json] VERB ...\n", to);
	for (verb = verbs; verb->name; verb++) {
		used = fprintf(to, "  %-7s ", verb->name);
		fprintf(to, "%-*s %s\n", 30 - used, verb->words, verb->about);
		for (option = verb->options; option->name; option++) {
			fputs("            [", to);
			put_option(to, option);
			fputs("]\n", to);
		}
	}
	fputs("  help    [VERB]               this, or all about one verb; also -h and --help\n"
	      "  version                      the ABIs that plugctl speaks; also --version\n"
	      "--json prints one JSON document instead, also for errors and help.\n"
	      "Exit status: 0 done, 1 error, 2 wrong use, 3 the plugin was stopped.\n",
	      to);
}

void help(FILE *to, const struct verb *verb)
{
	const struct option *option;

	if (!verb) {
		help_all(to);
		return;
	}
	usage_line(to, verb);
	fprintf(to, "%s: %s\n", verb->name, verb->about);
	for (option = verb->options; option->name; option++) {
		fputs("  ", to);
		put_option(to, option);
		fprintf(to, "\n      %s\n", option->about);
	}
	fputs("Words after -- are no options. Numbers are decimal, or hexadecimal with 0x.\n", to);
}

static int has_value(const void *structure)
{
	return ((const struct option *)structure)->value != NULL;
}

static const struct fact option_facts[] = {
	{ FACT_MEMBER(struct option, name), .type = FACT_STRING },
	{ FACT_MEMBER(struct option, value), .type = FACT_STRING, .present = has_value },
	{ FACT_MEMBER(struct option, about), .type = FACT_STRING },
	{ 0 },
};

static const void *option_of(const void *structure, uint32_t index)
{
	const struct option *option = &((const struct verb *)structure)->options[index];

	return option->name ? option : NULL;
}

static const struct fact verb_facts[] = {
	{ FACT_NAMED("verb", struct verb, name), .type = FACT_STRING },
	{ FACT_MEMBER(struct verb, words), .type = FACT_STRING },
	{ FACT_MEMBER(struct verb, about), .type = FACT_STRING },
	{ "options", .type = FACT_ITEMS, .facts = option_facts, .item = option_of },
	{ 0 },
};

/* The verb that was asked about, or all. */
struct asked {
	const struct verb *verb;
};

static const void *verb_of(const void *structure, uint32_t index)
{
	const struct verb *verb = ((const struct asked *)structure)->verb;

	if (verb)
		return index ? NULL : verb;
	return verbs[index].name ? &verbs[index] : NULL;
}

static const struct fact help_facts[] = {
	{ "help", .type = FACT_ITEMS, .facts = verb_facts, .item = verb_of },
	{ 0 },
};

void help_json(const struct verb *verb)
{
	static const struct form form = { .facts = help_facts };

	output_json(&form, &(struct asked){ verb });
}
