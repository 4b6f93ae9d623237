// SPDX-License-Identifier: MIT
/* Owns the random numbers: each turn begins anew from the seed and its number,
 * so that a turn does not depend on how many numbers the ones before have used. */
#include "game.h"

static u32 state;

static u32 mix(u32 x)
{
	x ^= x >> 16;
	x *= 0x7feb352d;
	x ^= x >> 15;
	x *= 0x846ca68b;
	return x ^ x >> 16;
}

void chance_seed(u32 seed, u32 turn)
{
	state = mix(mix(seed) + turn);
	if (!state)
		state = 1;
}

u32 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}
