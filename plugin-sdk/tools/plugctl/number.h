/* SPDX-License-Identifier: MIT */
/* Numbers on the command line. */
#ifndef PLUGCTL_NUMBER_H
#define PLUGCTL_NUMBER_H

#include "verb.h"

/*
 * The value of an option: digits, which are decimal also behind a leading zero,
 * or 0x and hexadecimal digits; nothing else. Anything but @least to @most ends
 * the program. @fallback if the option was not given.
 */
uint32_t number_option(const struct arguments *arguments, const char *option, uint32_t least,
		       uint32_t most, uint32_t fallback);

/* An argument of an entry: 32 bits, -2147483648 to 4294967295. */
uint32_t number_argument(const struct arguments *arguments, const char *text);

#endif /* PLUGCTL_NUMBER_H */
