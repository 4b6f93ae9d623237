/* SPDX-License-Identifier: MIT */
/* The verb attach. */
#ifndef PLUGCTL_ATTACH_H
#define PLUGCTL_ATTACH_H

#include "verb.h"

int run_attach(const struct arguments *arguments);

#endif /* PLUGCTL_ATTACH_H */
