// SPDX-License-Identifier: MIT
/*
 * Parses numbers of the command line. strtoul() would also accept leading blanks, a plus
 * sign and, after a leading zero, octal digits.
 */
#include "failure.h"
#include "number.h"

/* Value of a decimal or hexadecimal digit; 16 for any other character. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

/* Returns 0 and sets *@value, or returns -1 if @text is not an unsigned 32-bit number. */
static int parse(const char *text, uint32_t *value)
{
	unsigned int base = 10;
	uint64_t sum = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (!*text)
		return -1;
	for (; *text; text++) {
		unsigned int next = (unsigned int)digit(*text);

		if (next >= base)
			return -1;
		sum = sum * base + next;
		if (sum > UINT32_MAX)
			return -1;
	}
	*value = (uint32_t)sum;
	return 0;
}

uint32_t number_word(const struct arguments *arguments, const char *what, const char *text,
		     uint32_t least, uint32_t most)
{
	uint32_t value;

	if (parse(text, &value) || value < least || value > most)
		usage(arguments->verb, "%s is \"%s\": give a number from %u to %u", what, text,
		      least, most);
	return value;
}

uint32_t number_option(const struct arguments *arguments, const char *option, uint32_t least,
		       uint32_t most, uint32_t fallback)
{
	const char *text = option_value(arguments, option);

	return text ? number_word(arguments, option, text, least, most) : fallback;
}

uint32_t number_argument(const struct arguments *arguments, const char *text)
{
	int negative = text[0] == '-';
	uint32_t value;

	if (parse(text + negative, &value) || (negative && value > 0x80000000u))
		usage(arguments->verb,
		      "the argument \"%s\" is not a 32-bit number: write it like 10, -1 or 0x1f",
		      text);
	return negative ? -value : value;
}
