/* SPDX-License-Identifier: MIT */
/*
 * The verbs of plugctl. One table has each verb's words, options and function;
 * the parser, the usage lines and the help texts are made from the table.
 */
#ifndef PLUGCTL_VERB_H
#define PLUGCTL_VERB_H

#include <stdint.h>

#define OPTIONS_MAX 6

struct option {
	const char *name;  /* "--budget-us" */
	const char *value; /* what stands for the value in help, NULL: takes none */
	const char *about;
};

struct arguments;

struct verb {
	const char *name;
	const char *words; /* what stands for the words in help, "" for none */
	int least, most;   /* words */
	const char *about;
	struct option options[OPTIONS_MAX + 1]; /* ends with an empty one */
	int (*run)(const struct arguments *arguments);
};

/* A command line that the parser has taken apart. */
struct arguments {
	const struct verb *verb;
	int nr; /* of words, least to most of the verb */
	char **words;
	const char *values[OPTIONS_MAX]; /* in the table's order; NULL: not given */
};

/* Exit statuses beside EXIT_SUCCESS and EXIT_FAILURE. */
#define EXIT_USAGE   2 /* called wrongly */
#define EXIT_STOPPED 3 /* the monitor stopped the plugin, now or before */

/* NULL if no verb has that name. */
const struct verb *verb_find(const char *name);

/* All verbs, in the order of help; the last one has no name. */
extern const struct verb verbs[];

/* The value of one of the verb's options, "" if it takes none; NULL: not given. */
const char *option_value(const struct arguments *arguments, const char *name);

/* The verbs' functions: load.c, call.c, show.c, kill.c, info.c. */
int run_load(const struct arguments *arguments);
int run_replace(const struct arguments *arguments);
int run_call(const struct arguments *arguments);
int run_list(const struct arguments *arguments);
int run_show(const struct arguments *arguments);
int run_kill(const struct arguments *arguments);
int run_unload(const struct arguments *arguments);
int run_info(const struct arguments *arguments);

#endif /* PLUGCTL_VERB_H */
