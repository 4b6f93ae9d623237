/* SPDX-License-Identifier: MIT */
/* The verb call. */
#ifndef PLUGCTL_CALL_H
#define PLUGCTL_CALL_H

#include "verb.h"

int run_call(const struct arguments *arguments);

#endif /* PLUGCTL_CALL_H */
