// SPDX-License-Identifier: MIT
/* One JSON document, on one line. */
#include <stdio.h>

#include "json.h"

#define DEPTH_MAX 8

static char closing[DEPTH_MAX];
static int filled[DEPTH_MAX];
static int depth;

static void put_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			printf("\\u%04x", c);
		else
			putchar(c);
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

void json_signed(const char *key, int64_t value)
{
	begin(key);
	printf("%lld", (long long)value);
}

void json_bool(const char *key, int value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}
