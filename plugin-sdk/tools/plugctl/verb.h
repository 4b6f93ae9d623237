/* SPDX-License-Identifier: MIT */
/*
 * The verbs of plugctl. One table has each verb's words, options and function;
 * the parser, the usage lines and the help texts are made from the table.
 */
#ifndef PLUGCTL_VERB_H
#define PLUGCTL_VERB_H

#include <stdint.h>

#define OPTIONS_MAX 8

struct option {
	const char *name;  /* "--budget-us" */
	const char *value; /* placeholder of the value in help; NULL: the option has no value */
	const char *about;
};

struct arguments;

struct verb {
	const char *name;  /* one word, or two with a blank between them */
	const char *words; /* placeholders of the words in help, "" for none */
	int least, most;   /* number of words */
	const char *about;
	struct option options[OPTIONS_MAX + 1]; /* the last has no name */
	int (*run)(const struct arguments *arguments);
};

/* A parsed command line. */
struct arguments {
	const struct verb *verb;
	int nr; /* number of words, verb->least to verb->most */
	char **words;
	const char *values[OPTIONS_MAX]; /* of verb->options[i]; NULL: not given */
};

/* Exit statuses beside EXIT_SUCCESS and EXIT_FAILURE. */
#define EXIT_USAGE   2 /* wrong command line */
#define EXIT_STOPPED 3 /* the monitor stopped the plugin, now or before */

/*
 * The verb that @words, which end with NULL, begin with; or NULL. *@nr: of how many words its
 * name consists.
 */
const struct verb *verb_find(char **words, int *nr);

/* All verbs, in the order of help; the last one has no name. */
extern const struct verb verbs[];

/* Value of the verb's option @name: "" if the option has no value, NULL if it was not given. */
const char *option_value(const struct arguments *arguments, const char *name);

#endif /* PLUGCTL_VERB_H */
