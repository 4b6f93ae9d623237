/* SPDX-License-Identifier: MIT */
/* Random numbers that follow from a seed, and numbers on the command line. */
#ifndef LIB_CHANCE_H
#define LIB_CHANCE_H

#include <lib/types.h>

/* Restarts the sequence: the numbers that follow depend on these two values only. */
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

/* The number behind "name=" on the command line; `value` if the option is not there. */
u32 option(const char *name, u32 value);
/* Does the command line contain this word? */
bool option_has(const char *word);

#endif /* LIB_CHANCE_H */
