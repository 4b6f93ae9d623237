/* SPDX-License-Identifier: MIT */
/* Parses the command line by the table of verbs. */
#ifndef PLUGCTL_OPTIONS_H
#define PLUGCTL_OPTIONS_H

#include "verb.h"

/* Options that are valid for every verb, at any place before "--". */
struct everywhere {
	int json, help;
};

/* Moves --json, --help and -h from @argv to @found. Returns the number of words left. */
int options_everywhere(int argc, char **argv, struct everywhere *found);

/*
 * Parses @argv, the words after the verb, into @arguments, which keeps pointers into
 * @argv. Ends the program if an option is unknown or lacks its value, or if the number
 * of words is not the verb's.
 */
void options_parse(const struct verb *verb, int argc, char **argv, struct arguments *arguments);

#endif /* PLUGCTL_OPTIONS_H */
