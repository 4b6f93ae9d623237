/* SPDX-License-Identifier: MIT */
/*
 * What processes write to a file is on the disk compressed, and is decompressed for those who read it: LZ4's
 * frame format, which the program lz4 reads and writes, with independent blocks of at most 64 KiB.
 * Needs LZ4's library, of which one file is enough, unchanged. With its source in the folder LZ4:
 *
 *	plugin-cc -O2 -I LZ4/lib -o lz4.plg lz4.c LZ4/lib/lz4.[c]
 *
 * Attached for a socket it compresses what the process sends, a block at each send, and decompresses what it receives.
 *
 * A file that does not begin as a frame is not filtered for who reads it. What is appended to a file is a
 * frame of its own. Checksums are not looked at.
 */
#include <ringfence/plugin.h>
#include <ringfence/points.h>
#include <lz4.h>

PLUGIN("lz4", "1.0", "compresses what is written to files, decompresses what is read");

#define MAGIC	     0x184d2204u
#define BLOCK	     65536u
#define UNCOMPRESSED 0x80000000u

/* Version 1, independent blocks, without checksums; of at most 64 KiB; checksum of both. */
static const uint8_t head[] = { 0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82 };

/* Bits of the frame's flags. */
#define VERSION		 0xc0u
#define INDEPENDENT	 0x20u
#define BLOCK_CHECKSUM	 0x10u
#define CONTENT_SIZE	 0x08u
#define CONTENT_CHECKSUM 0x04u
#define DICTIONARY	 0x01u

/* window->state: of a file that is written, and of one that is read. */
enum { BEGUN, ENDED };
enum { IN_FRAME, FLAGS };

static LZ4_stream_t memory; /* of the compressor, in one call */

static uint32_t word_at(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static uint32_t put(uint8_t *to, uint32_t word)
{
	memcpy(to, &word, sizeof(word));
	return sizeof(word);
}

/* ---- what is written ---- */

/* A block of @nr bytes, as it is if compression does not make it shorter. Returns its length. */
static uint32_t put_block(uint8_t *to, const uint8_t *from, uint32_t nr)
{
	int packed = LZ4_compress_fast_extState(&memory, (const char *)from, (char *)to + 4,
						(int)nr, (int)nr - 1, 1);

	if (packed > 0)
		return put(to, (uint32_t)packed) + (uint32_t)packed;
	memcpy(to + 4, from, nr);
	return put(to, nr | UNCOMPRESSED) + nr;
}

static uint32_t compress(struct stream_window *window, uint32_t length, uint32_t flags)
{
	uint32_t nr = length < BLOCK ? length : BLOCK, given = 0;

	if (window->state[ENDED])
		return 0;
	if (!window->state[BEGUN]) {
		memcpy(window->out, head, sizeof(head));
		given = sizeof(head);
		window->state[BEGUN] = 1;
	}
	if (nr)
		given += put_block(window->out + given, window->in, nr);
	if (nr == length && flags & STREAM_LAST) {
		given += put(window->out + given, 0);
		window->state[ENDED] = 1;
	}
	window->taken = nr;
	return given;
}

/* ---- what is read ---- */

/* Length of the frame's head, or 0 if there is none that this plugin can read. */
static uint32_t take_head(struct stream_window *window, const uint8_t *in, uint32_t length)
{
	uint32_t flags, nr = 7;

	if (length < nr || word_at(in) != MAGIC)
		return 0;
	flags = in[4];
	if ((flags & (VERSION | INDEPENDENT | DICTIONARY)) != (0x40 | INDEPENDENT) || in[5] != 0x40)
		return 0;
	nr += flags & CONTENT_SIZE ? 8 : 0;
	window->state[FLAGS] = flags;
	window->state[IN_FRAME] = 1;
	return nr <= length ? nr : 0;
}

/* Length of a block of @size bytes, with its head and checksum. */
static uint32_t whole_block(uint32_t size, uint32_t flags)
{
	uint32_t checksum = flags & (size ? BLOCK_CHECKSUM : CONTENT_CHECKSUM);

	return 4 + size + (checksum ? 4 : 0);
}

/* Takes one block, or the end of the frame. Returns the bytes of it, or STREAM_CORRUPT. */
static uint32_t take_block(struct stream_window *window, uint32_t length, uint32_t at)
{
	const uint8_t *in = window->in + at;
	uint32_t flags = window->state[FLAGS];
	uint32_t size, whole;
	int given;

	length -= at;
	if (length < 4)
		return STREAM_CORRUPT;
	size = word_at(in) & ~UNCOMPRESSED;
	whole = whole_block(size, flags);
	if (size > BLOCK || whole > length)
		return STREAM_CORRUPT;
	window->taken = at + whole;
	if (!size) {
		window->state[IN_FRAME] = 0;
		return 0;
	}
	if (word_at(in) & UNCOMPRESSED) {
		memcpy(window->out, in + 4, size);
		return size;
	}
	given = LZ4_decompress_safe((const char *)in + 4, (char *)window->out, (int)size, BLOCK);
	return given < 0 ? STREAM_CORRUPT : (uint32_t)given;
}

/* Of a connection: is more to come before there is a whole block, or the end of the frame? */
static int is_short(const struct stream_window *window, uint32_t length)
{
	uint32_t flags = window->state[FLAGS], at = 0, size;

	if (!window->state[IN_FRAME]) {
		if (length < 5)
			return 1;
		flags = window->in[4];
		at = 7 + (flags & CONTENT_SIZE ? 8 : 0);
	}
	if (length < at + 4)
		return 1;
	size = word_at(window->in + at) & ~UNCOMPRESSED;
	return size <= BLOCK && length - at < whole_block(size, flags);
}

static uint32_t decompress(struct stream_window *window, uint32_t length, uint32_t flags)
{
	uint32_t at = 0;

	if (!length)
		return window->state[IN_FRAME] ? STREAM_CORRUPT : 0; /* the file is too short */
	if (flags & STREAM_SOCKET && !(flags & STREAM_LAST) && is_short(window, length))
		return 0;
	if (!window->state[IN_FRAME]) {
		at = take_head(window, window->in, length);
		if (!at)
			return STREAM_CORRUPT;
	}
	return take_block(window, length, at);
}

static uint32_t open_file(const struct stream_window *window, uint32_t length, uint32_t flags)
{
	if (flags & STREAM_SOCKET)
		return STREAM_CHANGES;
	if (flags & STREAM_WRITES)
		return flags & STREAM_READS ? STREAM_REFUSE : STREAM_CHANGES;
	return length >= 4 && word_at(window->in) == MAGIC ? STREAM_CHANGES : STREAM_PASS;
}

PLUGIN_GRAFT(stream)
{
	(void)stream, (void)file;
	if (request == STREAM_OPEN)
		return open_file(window, length, flags);
	if (request == STREAM_WRITE)
		return compress(window, length, flags);
	return decompress(window, length, flags);
}
