/* SPDX-License-Identifier: MIT */
/*
 * What processes write to a file is on the disk encrypted with ChaCha20 (RFC 8439, 2.4), and is decrypted for
 * those who read it. Byte n of the file is encrypted with byte n of the key stream, so any part can be
 * read and written. Attach it with --fail-closed, or a fault of the plugin would have the kernel write
 * what is to be secret.
 *
 * Attached for a socket it encrypts what the process sends, and decrypts what it receives. The other end of the connection needs
 * the same key and nonce. Byte n of a direction is encrypted with byte n of its key stream, so two connections that have the
 * same key and nonce tell the difference of what they carry: give each another nonce.
 *
 * Two versions of an encrypted file tell the difference of what was in them, as the key stream of a
 * position is always the same. Nothing tells whether the file was changed.
 *
 *	plugctl call chacha20 key 0 W0 W1 W2 W3		the key's words, little-endian
 *	plugctl call chacha20 key 1 W4 W5 W6 W7
 *	plugctl call chacha20 nonce N1 N2		the first word is `file` of the question
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>

PLUGIN("chacha20", "1.0", "encrypts files: key HALF W W W W, nonce N1 N2");

static uint32_t key_words[8], nonce_words[2];
static uint32_t halves; /* of the key that were given: a bit for each */

PLUGIN_ENTRY(key, uint32_t half, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	uint32_t *words = key_words + 4 * (half & 1);

	if (half > 1)
		return 0;
	words[0] = a;
	words[1] = b;
	words[2] = c;
	words[3] = d;
	halves |= 1u << half;
	return halves == 3;
}

PLUGIN_ENTRY(nonce, uint32_t first, uint32_t second)
{
	nonce_words[0] = first;
	nonce_words[1] = second;
	return 1;
}

static inline uint32_t rotate(uint32_t value, int by)
{
	return value << by | value >> (32 - by);
}

#define QUARTER(a, b, c, d)                        \
	do {                                       \
		a += b, d ^= a, d = rotate(d, 16); \
		c += d, b ^= c, b = rotate(b, 12); \
		a += b, d ^= a, d = rotate(d, 8);  \
		c += d, b ^= c, b = rotate(b, 7);  \
	} while (0)

/* 64 bytes of key stream; x86 has their words little-endian. */
static void make_block(const uint32_t input[16], uint32_t block[16])
{
	uint32_t i;

	for (i = 0; i < 16; i++)
		block[i] = input[i];
	for (i = 0; i < 10; i++) {
		QUARTER(block[0], block[4], block[8], block[12]);
		QUARTER(block[1], block[5], block[9], block[13]);
		QUARTER(block[2], block[6], block[10], block[14]);
		QUARTER(block[3], block[7], block[11], block[15]);
		QUARTER(block[0], block[5], block[10], block[15]);
		QUARTER(block[1], block[6], block[11], block[12]);
		QUARTER(block[2], block[7], block[8], block[13]);
		QUARTER(block[3], block[4], block[9], block[14]);
	}
	for (i = 0; i < 16; i++)
		block[i] += input[i];
}

/* The counter has 32 bits, so the key stream has 256 GiB. */
static uint32_t crypt(struct stream_window *window, uint32_t length, uint32_t file)
{
	uint32_t input[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	uint32_t at = (uint32_t)(window->position % 64), done, i;
	union {
		uint32_t words[16];
		uint8_t bytes[64];
	} stream;

	if ((window->position + length - 1) / 64 > UINT32_MAX)
		return STREAM_CORRUPT;
	for (i = 0; i < 8; i++)
		input[4 + i] = key_words[i];
	input[12] = (uint32_t)(window->position / 64);
	input[13] = file;
	input[14] = nonce_words[0];
	input[15] = nonce_words[1];
	for (done = 0; done < length; at = 0, input[12]++) {
		make_block(input, stream.words);
		for (; at < 64 && done < length; at++, done++)
			window->out[done] = window->in[done] ^ stream.bytes[at];
	}
	return length;
}

PLUGIN_GRAFT(stream)
{
	(void)flags, (void)stream;
	if (request == STREAM_OPEN)
		return halves == 3 ? STREAM_KEEPS : STREAM_REFUSE;
	return crypt(window, length, file);
}
