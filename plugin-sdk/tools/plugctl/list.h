/* SPDX-License-Identifier: MIT */
/* The verb list. */
#ifndef PLUGCTL_LIST_H
#define PLUGCTL_LIST_H

#include "verb.h"

int run_list(const struct arguments *arguments);

#endif /* PLUGCTL_LIST_H */
