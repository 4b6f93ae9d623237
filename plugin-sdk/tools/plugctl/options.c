// SPDX-License-Identifier: MIT
/* Options may stand before, between and behind the words, up to "--". */
#include <stddef.h>
#include <string.h>

#include "failure.h"
#include "options.h"

int options_everywhere(int argc, char **argv, struct everywhere *found)
{
	int kept = 0, over = 0, i;

	for (i = 0; i < argc; i++) {
		over |= !strcmp(argv[i], "--");
		if (!over && !strcmp(argv[i], "--json"))
			found->json = 1;
		else if (!over && (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")))
			found->help = 1;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

/* A negative number is a word, not an option; so is "-", which often stands for a file. */
static int is_option(const char *word)
{
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

/*
 * Index of the option @word in the verb's table, or -1. @length: bytes of the option's
 * name, without "=VALUE".
 */
static int find(const struct verb *verb, const char *word, size_t length)
{
	int i;

	for (i = 0; verb->options[i].name; i++)
		if (strlen(verb->options[i].name) == length &&
		    !memcmp(verb->options[i].name, word, length))
			return i;
	return -1;
}

/*
 * Parses the option at argv[0], "--name VALUE" or "--name=VALUE", into @arguments.
 * A VALUE that looks like an option is accepted only behind "=": in a word of its own,
 * an option more likely means that the user forgot the value. Returns the number of
 * words used, 1 or 2.
 */
static int take(const struct verb *verb, char **argv, struct arguments *arguments)
{
	size_t length = strcspn(argv[0], "=");
	const char *value = argv[0][length] ? argv[0] + length + 1 : NULL;
	int number = find(verb, argv[0], length), used = 1;
	const struct option *option;

	if (number < 0)
		usage(verb, "there is no option \"%s\"", argv[0]);
	option = &verb->options[number];
	if (!option->value) {
		if (value)
			usage(verb, "%s takes no value", option->name);
		value = "";
	} else {
		if (!value && argv[1] && !is_option(argv[1])) {
			value = argv[1];
			used = 2;
		}
		if (!value || !value[0])
			usage(verb, "%s needs a value: give %s after it", option->name,
			      option->value);
		if (arguments->values[number])
			usage(verb, "%s is given twice: \"%s\" and \"%s\"", option->name,
			      arguments->values[number], value);
	}
	arguments->values[number] = value;
	return used;
}

void options_parse(const struct verb *verb, int argc, char **argv, struct arguments *arguments)
{
	int over = 0, i = 0;

	memset(arguments, 0, sizeof(*arguments));
	arguments->verb = verb;
	arguments->words = argv;
	while (i < argc) {
		if (!over && !strcmp(argv[i], "--")) {
			over = 1;
			i++;
		} else if (!over && is_option(argv[i])) {
			i += take(verb, argv + i, arguments);
		} else {
			/* nr <= i: the overwritten word has been read already. */
			argv[arguments->nr++] = argv[i++];
		}
	}
	if (arguments->nr > verb->most)
		usage(verb, "\"%s\" is one word too many: give %s", argv[verb->most],
		      verb->most ? verb->words : "none");
	if (arguments->nr < verb->least)
		usage(verb, "give %s", verb->words);
}
