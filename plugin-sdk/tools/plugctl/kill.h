/* SPDX-License-Identifier: MIT */
/* The verbs kill and unload. */
#ifndef PLUGCTL_KILL_H
#define PLUGCTL_KILL_H

#include "verb.h"

int run_kill(const struct arguments *arguments);
int run_unload(const struct arguments *arguments);

#endif /* PLUGCTL_KILL_H */
