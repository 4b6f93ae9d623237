/* SPDX-License-Identifier: MIT */
/* The verbs load and replace. */
#ifndef PLUGCTL_LOAD_H
#define PLUGCTL_LOAD_H

#include "verb.h"

int run_load(const struct arguments *arguments);
int run_replace(const struct arguments *arguments);

#endif /* PLUGCTL_LOAD_H */
