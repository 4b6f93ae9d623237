/* SPDX-License-Identifier: MIT */
/* The verb points. */
#ifndef PLUGCTL_POINTS_H
#define PLUGCTL_POINTS_H

#include "verb.h"

int run_points(const struct arguments *arguments);

#endif /* PLUGCTL_POINTS_H */
