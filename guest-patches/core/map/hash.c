// SPDX-License-Identifier: GPL-2.0-only
/* HalfSipHash-1-3. */
#include "map/hash.h"

static inline uint32_t turn(uint32_t word, unsigned int bits)
{
	return word << bits | word >> (32 - bits);
}

static void mix(uint32_t v[4])
{
	v[0] += v[1];
	v[1] = turn(v[1], 5) ^ v[0];
	v[0] = turn(v[0], 16);
	v[2] += v[3];
	v[3] = turn(v[3], 8) ^ v[2];
	v[0] += v[3];
	v[3] = turn(v[3], 7) ^ v[0];
	v[2] += v[1];
	v[1] = turn(v[1], 13) ^ v[2];
	v[2] = turn(v[2], 16);
}

static void take(uint32_t v[4], uint32_t word)
{
	v[3] ^= word;
	mix(v);
	v[0] ^= word;
}

uint32_t core_hash(const uint32_t secret[2], const uint8_t *bytes, uint32_t size)
{
	uint32_t v[4] = { secret[0], secret[1], secret[0] ^ 0x6c796765, secret[1] ^ 0x74656462 };
	uint32_t word, rest = size;

	for (; rest >= 4; rest -= 4, bytes += 4) {
		memcpy(&word, bytes, 4);
		take(v, word);
	}
	word = 0;
	memcpy(&word, bytes, rest);
	take(v, word | size << 24);
	v[2] ^= 0xff;
	mix(v);
	mix(v);
	mix(v);
	return v[1] ^ v[3];
}
