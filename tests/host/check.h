/* SPDX-License-Identifier: MIT */
/* What the tests for the host share: how they count their claims and complain. */
#ifndef HOST_CHECK_H
#define HOST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static unsigned long checks;

/* A claim; what does not hold is said, with the figures behind it if any, and ends the test. */
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
