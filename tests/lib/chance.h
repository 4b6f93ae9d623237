/* SPDX-License-Identifier: MIT */
/* Random numbers that follow from a seed, and numbers on the command line. */
#ifndef LIB_CHANCE_H
#define LIB_CHANCE_H

#include <lib/types.h>

/* Begins anew: what follows depends on these two and nothing before. */
void chance_seed(u32 seed, u32 turn);
u32 rnd(void);
static inline u32 below(u32 n)
{
	return rnd() % n;
}
static inline bool one_in(u32 n)
{
	return rnd() % n == 0;
}
#define PICK(array) ((array)[below(ARRAY_SIZE(array))])

/* "name=" on the command line with a number behind it; or value. */
u32 option(const char *name, u32 value);
/* Is this on the command line? */
bool option_has(const char *word);

#endif /* LIB_CHANCE_H */
