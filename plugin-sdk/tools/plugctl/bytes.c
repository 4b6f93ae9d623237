// SPDX-License-Identifier: MIT
/* Keys and values of maps on the command line and in the output. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "failure.h"

static int is_number(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static int parse_number(const char *text, uint8_t *bytes, uint32_t size)
{
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9') /* strtoull() would take a sign */
		return -1;
	errno = 0;
	number = strtoull(text, &end, base);
	if (*end || errno || (size < 8 && number >> size * 8))
		return -1;
	memcpy(bytes, &number, size);
	return 0;
}

static int parse_hex(const char *text, uint8_t *bytes, uint32_t size)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t i;

	if (strlen(text) != 2 * size)
		return -1;
	for (i = 0; i < 2 * size; i++) {
		const char *digit = strchr(digits, text[i] | 0x20);

		if (!digit)
			return -1;
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (digit - digits));
	}
	return 0;
}

static int parse_text(const char *text, uint8_t *bytes, uint32_t size)
{
	if (strlen(text) > size)
		return -1;
	memset(bytes, 0, size);
	memcpy(bytes, text, strlen(text));
	return 0;
}

void bytes_parse(const struct arguments *arguments, const char *what, const char *text,
		 uint8_t *bytes, uint32_t size)
{
	int err = -1;

	if (!strncmp(text, "hex:", 4))
		err = parse_hex(text + 4, bytes, size);
	else if (!strncmp(text, "text:", 5))
		err = parse_text(text + 5, bytes, size);
	else if (is_number(size))
		err = parse_number(text, bytes, size);
	if (err)
		usage(arguments->verb,
		      "%s is \"%s\", which does not make %u bytes: give %shex: and %u digits, or "
		      "text: and at most %u characters",
		      what, text, size, is_number(size) ? "a number, " : "", 2 * size, size);
}

/* Printable characters, and then zeroes only. */
static int is_text(const uint8_t *bytes, uint32_t size)
{
	uint32_t used = 0;

	while (used < size && bytes[used] >= 0x20 && bytes[used] < 0x7f)
		used++;
	if (!used)
		return 0;
	while (used < size && !bytes[used])
		used++;
	return used == size;
}

void bytes_text(const uint8_t *bytes, uint32_t size, char text[BYTES_TEXT])
{
	unsigned long long number = 0;
	uint32_t i;

	if (is_number(size)) {
		memcpy(&number, bytes, size);
		sprintf(text, "%llu", number);
	} else if (is_text(bytes, size)) {
		sprintf(text, "text:%.*s", (int)size, (const char *)bytes);
	} else {
		text += sprintf(text, "hex:");
		for (i = 0; i < size; i++)
			text += sprintf(text, "%02x", bytes[i]);
	}
}
