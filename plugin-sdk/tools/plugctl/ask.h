/* SPDX-License-Identifier: MIT */
/* The verb ask. */
#ifndef PLUGCTL_ASK_H
#define PLUGCTL_ASK_H

#include "verb.h"

int run_ask(const struct arguments *arguments);

#endif /* PLUGCTL_ASK_H */
