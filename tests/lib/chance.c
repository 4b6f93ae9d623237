// SPDX-License-Identifier: MIT
/* Random numbers for guests that make random attacks, and options of the command line. */
#include <lib/chance.h>
#include <lib/paging.h>

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

u32 option(const char *name, u32 value)
{
	const char *at = strstr((const char *)start_info->cmd_line, name);

	if (!at)
		return value;
	for (value = 0, at += strlen(name); *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (u32)(*at - '0');
	return value;
}

bool option_has(const char *word)
{
	return strstr((const char *)start_info->cmd_line, word);
}
