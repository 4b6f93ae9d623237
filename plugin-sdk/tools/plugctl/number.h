/* SPDX-License-Identifier: MIT */
/* Numbers on the command line. */
#ifndef PLUGCTL_NUMBER_H
#define PLUGCTL_NUMBER_H

#include "verb.h"

/*
 * Value of @option, or @fallback if the option was not given. The value is decimal
 * digits, also after a leading zero, or 0x and hexadecimal digits. Ends the program
 * unless the value is a number from @least to @most.
 */
uint32_t number_option(const struct arguments *arguments, const char *option, uint32_t least,
		       uint32_t most, uint32_t fallback);

/*
 * Parses @text, a word of the command line; @what: its placeholder, "ID". Ends the program
 * unless @text is a number from @least to @most, written as number_option() has it.
 */
uint32_t number_word(const struct arguments *arguments, const char *what, const char *text,
		     uint32_t least, uint32_t most);

/*
 * Parses an argument of an entry, -2147483648 to 4294967295, to its 32 bits. Ends the
 * program if @text is not such a number.
 */
uint32_t number_argument(const struct arguments *arguments, const char *text);

#endif /* PLUGCTL_NUMBER_H */
