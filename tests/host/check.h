/* SPDX-License-Identifier: MIT */
/* CHECK() of the host tests: counts the checks, and reports one that fails. */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static unsigned long checks;

/* If `what` is false, prints it and the optional printf arguments, and fails the test. */
#define CHECK(what, ...)                                                         \
	do {                                                                     \
		checks++;                                                        \
		if (!(what)) {                                                   \
			printf("%s:%d: not so: %s;", __FILE__, __LINE__, #what); \
			printf(" " __VA_ARGS__);                                 \
			printf("\nTest result: FAILURE\n");                      \
			exit(1);                                                 \
		}                                                                \
	} while (0)

#endif /* HOST_CHECK_H */
