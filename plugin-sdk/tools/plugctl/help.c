// SPDX-License-Identifier: MIT
/* Help as text or, with --json, as one document (schema/plugctl.schema.json). */
#include "help.h"
#include "json.h"

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

	fputs("usage: plugctl [--json] VERB ...\n", to);
	for (verb = verbs; verb->name; verb++) {
		fprintf(to, "  %-7s %-20s %s\n", verb->name, verb->words, verb->about);
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

static void verb_json(const struct verb *verb)
{
	const struct option *option;

	json_open(NULL, '{');
	json_text("verb", verb->name);
	json_text("words", verb->words);
	json_text("about", verb->about);
	json_open("options", '[');
	for (option = verb->options; option->name; option++) {
		json_open(NULL, '{');
		json_text("name", option->name);
		if (option->value)
			json_text("value", option->value);
		json_text("about", option->about);
		json_close();
	}
	json_close();
	json_close();
}

void help_json(const struct verb *verb)
{
	json_open(NULL, '{');
	json_open("help", '[');
	if (verb)
		verb_json(verb);
	else
		for (verb = verbs; verb->name; verb++)
			verb_json(verb);
	json_close();
	json_close();
}
