/* SPDX-License-Identifier: MIT */
/*
 * The hostile plugin's memory: text 1000, rodata 2000, data 3000, guard 4000,
 * stack 5000, guard 6000, a writable window 7000 to the end.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <lib/types.h>

#define WINDOW 0x7000u
#define END    0x9000u
#define ROOM   2

/* Four pages of the guest's: canary, the two of the window, canary. */
extern u8 *shared;
void beside_the_window(const char *what);

/* edges.c: every instruction at every edge; stack pointers to memory that cannot be a stack */
void edges(void);
void stacks(void);

#endif /* MEMORY_H */
