/* SPDX-License-Identifier: MIT */
/* The verb detach. */
#ifndef PLUGCTL_DETACH_H
#define PLUGCTL_DETACH_H

#include "verb.h"

int run_detach(const struct arguments *arguments);

#endif /* PLUGCTL_DETACH_H */
