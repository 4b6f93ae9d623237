/* SPDX-License-Identifier: MIT */
/* The verb info. */
#ifndef PLUGCTL_INFO_H
#define PLUGCTL_INFO_H

#include "verb.h"

int run_info(const struct arguments *arguments);

#endif /* PLUGCTL_INFO_H */
