/* SPDX-License-Identifier: MIT */
/* Takes a command line apart, as the table of verbs says. */
#ifndef PLUGCTL_OPTIONS_H
#define PLUGCTL_OPTIONS_H

#include "verb.h"

/* Options that stand anywhere before "--", whatever the verb. */
struct everywhere {
	int json, help;
};

/* Takes them out of @argv and gives how many words are left. */
int options_everywhere(int argc, char **argv, struct everywhere *found);

/* @argv: what follows the verb. What the verb does not take ends the program. */
void options_parse(const struct verb *verb, int argc, char **argv, struct arguments *arguments);

#endif /* PLUGCTL_OPTIONS_H */
