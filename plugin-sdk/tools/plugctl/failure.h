/* SPDX-License-Identifier: MIT */
/* Failures: plugctl prints one sentence and exits. */
#ifndef PLUGCTL_FAILURE_H
#define PLUGCTL_FAILURE_H

#include "verb.h"

/* Prints the message and exits with status 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/*
 * For a wrong command line: prints the message and exits with status 2. Without --json
 * also prints the usage line of @verb, or the help for all verbs if @verb is NULL.
 */
void usage(const struct verb *verb, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif /* PLUGCTL_FAILURE_H */
