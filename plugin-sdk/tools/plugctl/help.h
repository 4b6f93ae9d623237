/* SPDX-License-Identifier: MIT */
/* Usage lines and help texts, from the table of verbs; in JSON if so chosen. */
#ifndef PLUGCTL_HELP_H
#define PLUGCTL_HELP_H

#include <stdio.h>

#include "verb.h"

/* One line: how the verb is called. */
void usage_line(FILE *to, const struct verb *verb);

/* Help for one verb, or for all if NULL. */
void help(FILE *to, const struct verb *verb);
void help_json(const struct verb *verb);

#endif /* PLUGCTL_HELP_H */
