/* SPDX-License-Identifier: MIT */
/* How plugctl ends without having done what was asked: one sentence. */
#ifndef PLUGCTL_FAILURE_H
#define PLUGCTL_FAILURE_H

#include "verb.h"

/* Set by --json: everything that is printed, errors too, is one JSON document. */
extern int as_json;

/* Exit status 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Exit status 2; @verb is the one that was called wrongly, NULL: none. */
void usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif /* PLUGCTL_FAILURE_H */
