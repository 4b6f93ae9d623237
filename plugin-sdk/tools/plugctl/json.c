// SPDX-License-Identifier: MIT
/* One JSON document, on one line. */
#include <stdio.h>

#include "json.h"

#define DEPTH_MAX 8

static char closing[DEPTH_MAX];
static int filled[DEPTH_MAX];
static int depth;

/*
 * Length in bytes of the UTF-8 character at @text; 0: the bytes are not valid UTF-8
 * (RFC 3629, section 4). A JSON document must be UTF-8, but a file name may contain any
 * bytes: put_string() prints U+FFFD for an invalid byte.
 */
static int utf8_length(const unsigned char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int length = text[0] < 0x80 ? 1 :
		     text[0] < 0xc0 ? 0 :
		     text[0] < 0xe0 ? 2 :
		     text[0] < 0xf0 ? 3 :
		     text[0] < 0xf8 ? 4 :
				      0;
	uint32_t code = text[0] & (0xff >> (length + 1));
	int i;

	if (length < 2)
		return length;
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80) /* true of the terminating zero too */
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	return code < least[length] || code > 0x10ffff || code >> 11 == 0x1b ? 0 : length;
}

static void put_string(const char *string)
{
	const unsigned char *text = (const unsigned char *)string;

	putchar('"');
	while (*text) {
		int length = utf8_length(text);

		if (!length)
			fputs("\\ufffd", stdout);
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if (*text < 0x20 || *text == 0x7f)
			printf("\\u%04x", *text);
		else
			fwrite(text, 1, (size_t)length, stdout);
		text += length ? length : 1;
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (depth && filled[depth - 1]++)
		fputs(", ", stdout);
	if (key) {
		put_string(key);
		fputs(": ", stdout);
	}
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	filled[depth] = 0;
	closing[depth++] = bracket == '{' ? '}' : ']';
}

void json_close(void)
{
	putchar(closing[--depth]);
	if (!depth)
		putchar('\n');
}

void json_text(const char *key, const char *value)
{
	begin(key);
	put_string(value);
}

void json_number(const char *key, uint64_t value)
{
	begin(key);
	printf("%llu", (unsigned long long)value);
}

void json_bool(const char *key, int value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}
