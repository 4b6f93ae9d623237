/* SPDX-License-Identifier: MIT */
/* Keys and values of maps on the command line and in the output. */
#ifndef PLUGCTL_BYTES_H
#define PLUGCTL_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "verb.h"

/* Room for the text of 256 bytes. */
#define BYTES_TEXT 520

/*
 * Parses @text, which is a number if there are 1, 2, 4 or 8 bytes, the lowest first; or hex: and
 * two digits for each byte; or text: and at most so many characters, with zeroes behind them.
 * @what: its placeholder, "KEY". Ends the program if it is none of these.
 */
void bytes_parse(const struct arguments *arguments, const char *what, const char *text,
		 uint8_t *bytes, uint32_t size);
/* Writes bytes as bytes_parse() takes them: as a number, else as text if that is printable. */
void bytes_text(const uint8_t *bytes, uint32_t size, char text[BYTES_TEXT]);

#endif /* PLUGCTL_BYTES_H */
