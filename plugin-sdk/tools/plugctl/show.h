/* SPDX-License-Identifier: MIT */
/* The verb show. */
#ifndef PLUGCTL_SHOW_H
#define PLUGCTL_SHOW_H

#include "verb.h"

int run_show(const struct arguments *arguments);

#endif /* PLUGCTL_SHOW_H */
