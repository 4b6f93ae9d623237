/* SPDX-License-Identifier: MIT */
/* Shared by the libFuzzer targets: complaints, and input bytes used as choices. */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(what)                                                                      \
	do {                                                                               \
		if (!(what)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
			abort();                                                           \
		}                                                                          \
	} while (0)

/* Reads an input from its beginning; gives zeroes behind its end. */
struct input {
	const uint8_t *at, *end;
};

static inline bool input_left(const struct input *in)
{
	return in->at < in->end;
}

static inline uint8_t take8(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static inline uint16_t take16(struct input *in)
{
	uint16_t low = take8(in);

	return (uint16_t)(low | take8(in) << 8);
}

static inline uint32_t take32(struct input *in)
{
	uint32_t low = take16(in);

	return low | (uint32_t)take16(in) << 16;
}

/* The next bytes of the input, filled up with zeroes if too few are left. */
static inline void take_bytes(struct input *in, void *to, size_t size)
{
	size_t some = (size_t)(in->end - in->at) < size ? (size_t)(in->end - in->at) : size;

	if (some)
		memcpy(to, in->at, some);
	memset((uint8_t *)to + some, 0, size - some);
	in->at += some;
}

/* Checks that a refusal is one sentence: not empty, one line, printable characters only. */
static inline bool is_sentence(const char *text, size_t room)
{
	size_t i;

	for (i = 0; i < room && text[i]; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			return false;
	return i && i < room;
}

#endif /* FUZZ_TARGET_H */
