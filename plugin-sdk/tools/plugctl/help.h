/* SPDX-License-Identifier: MIT */
/* Usage lines and help, made from the table of verbs. */
#ifndef PLUGCTL_HELP_H
#define PLUGCTL_HELP_H

#include <stdio.h>

#include "verb.h"

/* Prints one line: the verb with its words and options. */
void usage_line(FILE *to, const struct verb *verb);

/* Prints help for @verb, or for all verbs if NULL, as text. */
void help(FILE *to, const struct verb *verb);

/* Prints help for @verb, or for all verbs if NULL, as a JSON document on standard output. */
void help_json(const struct verb *verb);

#endif /* PLUGCTL_HELP_H */
