// SPDX-License-Identifier: MIT
/*
 * Plays the kernel for the filter that is linked to this program and named on the command line.
 *
 * Claims: grayscale finds the pixels behind every head that a picture can have, and passes what is no picture;
 * chacha20 gives the ciphertext of RFC 8439, from any position, and opens nothing without a key; lz4 gives back what
 * it was given, whatever the kernel offers at a time, and says so of what was cut.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ringfence/point_list.h>

#include "../host/check.h"

uint32_t stream(struct stream_window *window, uint32_t request, uint32_t length, uint32_t flags,
		uint32_t number, uint32_t file);
uint32_t key(uint32_t half, uint32_t a, uint32_t b, uint32_t c, uint32_t d) __attribute__((weak));
uint32_t nonce(uint32_t first, uint32_t second) __attribute__((weak));

/* No filter here requests a service. */
int32_t plugin_service(uint32_t number, const uint32_t args[4], uint32_t *value)
{
	(void)number, (void)args, (void)value;
	abort();
}

static struct stream_window window;

static uint32_t ask(uint32_t request, const void *bytes, uint32_t length, uint32_t flags)
{
	window.taken = 0;
	window.head = 0;
	window.unit = 1;
	memset(window.out, 0xee, sizeof(window.out));
	memcpy(window.in, bytes, length);
	return stream(&window, request, length, flags, 1, 9);
}

/* ---- grayscale ---- */

static uint32_t open_text(const char *text)
{
	memset(window.state, 0, sizeof(window.state));
	return ask(STREAM_OPEN, text, (uint32_t)strlen(text), STREAM_READS);
}

static void grayscale(void)
{
	static const char *const pictures[] = { "P6 2 3 255\n", "P6\n#c\n2\t3\r255 ",
						"P6#\n2 #x\n#y\n3 1\n" };
	static const char *const others[] = { "",
					      "P",
					      "P5 2 3 255\n",
					      "P6 2 3 256\n",
					      "P6 0 3 255\n",
					      "P6 2 3 255",
					      "P6 2 3 99999999999\n",
					      "P6 x 3 255\n",
					      "\177ELF",
					      "P6#" };
	const uint8_t pixels[] = { 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255,
				   255, 1, 2, 3, 9,   9, 9, 7, 8,   9 };
	size_t i, j;

	for (i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
		CHECK(open_text(pictures[i]) == STREAM_KEEPS && window.unit == 3);
		CHECK(window.head == strlen(pictures[i]));
		window.position = window.head;
		CHECK(ask(STREAM_READ, pixels, sizeof(pixels), STREAM_READS) == sizeof(pixels));
		for (j = 0; j < 6; j++) {
			const uint8_t *pixel = pixels + 3 * j, *gray = window.out + 3 * j;

			CHECK(gray[0] == (pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8);
			CHECK(gray[1] == gray[0] && gray[2] == gray[0]);
		}
		CHECK(!memcmp(window.out + 18, pixels + 18, 3)); /* behind the picture */
		window.position += 15;
		CHECK(ask(STREAM_READ, pixels, 2, STREAM_READS) == 2 &&
		      !memcmp(window.out, pixels, 2));
	}
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(open_text(others[i]) == STREAM_PASS, "%s", others[i]);
	CHECK(ask(STREAM_OPEN, "P6 2 3 255\n", 11, STREAM_READS | STREAM_WRITES) == STREAM_PASS);
}

/* ---- chacha20 ---- */

/* RFC 8439, 2.4.2, whose first block has the counter 1. */
static const char text[] =
	"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
	"future, sunscreen would be it.";
static const uint8_t cipher[] = {
	0x6e, 0x2e, 0x35, 0x9a, 0x25, 0x68, 0xf9, 0x80, 0x41, 0xba, 0x07, 0x28, 0xdd, 0x0d, 0x69,
	0x81, 0xe9, 0x7e, 0x7a, 0xec, 0x1d, 0x43, 0x60, 0xc2, 0x0a, 0x27, 0xaf, 0xcc, 0xfd, 0x9f,
	0xae, 0x0b, 0xf9, 0x1b, 0x65, 0xc5, 0x52, 0x47, 0x33, 0xab, 0x8f, 0x59, 0x3d, 0xab, 0xcd,
	0x62, 0xb3, 0x57, 0x16, 0x39, 0xd6, 0x24, 0xe6, 0x51, 0x52, 0xab, 0x8f, 0x53, 0x0c, 0x35,
	0x9f, 0x08, 0x61, 0xd8, 0x07, 0xca, 0x0d, 0xbf, 0x50, 0x0d, 0x6a, 0x61, 0x56, 0xa3, 0x8e,
	0x08, 0x8a, 0x22, 0xb6, 0x5e, 0x52, 0xbc, 0x51, 0x4d, 0x16, 0xcc, 0xf8, 0x06, 0x81, 0x8c,
	0xe9, 0x1a, 0xb7, 0x79, 0x37, 0x36, 0x5a, 0xf9, 0x0b, 0xbf, 0x74, 0xa3, 0x5b, 0xe6, 0xb4,
	0x0b, 0x8e, 0xed, 0xf2, 0x78, 0x5e, 0x42, 0x87, 0x4d,
};

static uint32_t crypt_at(uint64_t position, const void *bytes, uint32_t length)
{
	window.position = position;
	/* The first word of the nonce is the file's number: that of the RFC is 0. */
	memcpy(window.in, bytes, length);
	return stream(&window, STREAM_WRITE, length, STREAM_WRITES, 1, 0);
}

static void chacha20(void)
{
	uint32_t first, length;

	CHECK(ask(STREAM_OPEN, "", 0, STREAM_WRITES) == STREAM_REFUSE);
	CHECK(!key(2, 0, 0, 0, 0) && !key(0, 0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c));
	CHECK(ask(STREAM_OPEN, "", 0, STREAM_WRITES) == STREAM_REFUSE);
	CHECK(key(1, 0x13121110, 0x17161514, 0x1b1a1918, 0x1f1e1d1c) && nonce(0x4a000000, 0));
	CHECK(ask(STREAM_OPEN, "", 0, STREAM_WRITES) == STREAM_KEEPS);
	CHECK(sizeof(cipher) == strlen(text));
	for (first = 0; first < sizeof(cipher); first++)
		for (length = 1; length <= sizeof(cipher) - first; length += 1 + first % 7) {
			CHECK(crypt_at(64 + first, text + first, length) == length);
			CHECK(!memcmp(window.out, cipher + first, length), "%u bytes at %u", length,
			      first);
			CHECK(crypt_at(64 + first, cipher + first, length) == length);
			CHECK(!memcmp(window.out, text + first, length));
		}
	CHECK(crypt_at((1ull << 38) - 64, text, 64) == 64);
	CHECK(crypt_at((1ull << 38) - 64, text, 65) == STREAM_CORRUPT);
}

/* ---- lz4 ---- */

static uint8_t plain[200000], packed[400000], got[200000 + STREAM_BYTES];

/* As the kernel does, with at most @most bytes at a time until the last. Returns bytes, or STREAM_CORRUPT. */
static uint32_t run(uint32_t request, const uint8_t *from, uint32_t nr, uint8_t *to, uint32_t room,
		    uint32_t most)
{
	uint32_t at = 0, given = 0;

	memset(window.state, 0, sizeof(window.state));
	for (;;) {
		uint32_t offered = nr - at < most ? nr - at : most;
		uint32_t last = at + offered == nr ? STREAM_LAST : 0;
		uint32_t value = ask(request, from + at, offered, last);

		if (value == STREAM_CORRUPT)
			return value;
		CHECK(value <= STREAM_BYTES && window.taken <= offered && given + value <= room);
		CHECK(value || window.taken || !offered);
		memcpy(to + given, window.out, value);
		given += value;
		at += window.taken;
		if (!offered && !value)
			return given;
	}
}

static void lz4(void)
{
	static const uint32_t sizes[] = { 0, 1, 100, 65535, 65536, 65537, sizeof(plain) };
	uint32_t nr, most, i, j, kind;

	for (kind = 0; kind < 2; kind++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (most = 1000; most; most = most == 1000 ? STREAM_BYTES : 0) {
				for (j = 0; j < sizes[i]; j++)
					plain[j] = (uint8_t)(kind ? rand() : rand() % 3);
				nr = run(STREAM_WRITE, plain, sizes[i], packed, sizeof(packed),
					 most);
				CHECK(nr >= 11 && nr <= sizes[i] + 11 + 4 * (sizes[i] / 1000 + 1));
				CHECK(kind || sizes[i] < 1000 || nr < sizes[i] / 10 * 8 + 20);
				CHECK(run(STREAM_READ, packed, nr, got, sizeof(got),
					  STREAM_BYTES) == sizes[i]);
				CHECK(!memcmp(got, plain, sizes[i]));
				CHECK(run(STREAM_READ, packed, nr - 1, got, sizeof(got),
					  STREAM_BYTES) == STREAM_CORRUPT);
			}
	/* Damaged anywhere, it never gives more than there is room for. */
	for (i = 0; i < 3000; i++) {
		packed[rand() % nr] ^= (uint8_t)(1 << rand() % 8);
		run(STREAM_READ, packed, nr, got, sizeof(got), STREAM_BYTES);
	}
	CHECK(ask(STREAM_OPEN, packed, 0, STREAM_READS) == STREAM_PASS);
	CHECK(ask(STREAM_OPEN, "\x04\x22\x4d\x18", 4, STREAM_READS) == STREAM_CHANGES);
	CHECK(ask(STREAM_OPEN, "", 0, STREAM_WRITES) == STREAM_CHANGES);
	CHECK(ask(STREAM_OPEN, "", 0, STREAM_READS | STREAM_WRITES) == STREAM_REFUSE);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "grayscale"))
		grayscale();
	else if (!strcmp(argv[1], "chacha20"))
		chacha20();
	else
		lz4();
	printf("%lu checks\nTest result: SUCCESS\n", checks);
	return 0;
}
