/* SPDX-License-Identifier: MIT */
/* The verb grafts. */
#ifndef PLUGCTL_GRAFTS_H
#define PLUGCTL_GRAFTS_H

#include "verb.h"

int run_grafts(const struct arguments *arguments);

#endif /* PLUGCTL_GRAFTS_H */
