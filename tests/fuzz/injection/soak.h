/* SPDX-License-Identifier: MIT */
/*
 * All plugins are loaded and attached at once, most of them twice: one does its work, and one has a
 * fault. Of some works the kernel has room for one graft, which has a fault every other round. After
 * each round those with a fault give way to the next ones of the plan. This goes on for so many
 * seconds, or with 0 seconds for so many rounds. At the end all are unloaded, and the accounts are what
 * they were.
 */
#ifndef SOAK_H
#define SOAK_H

#include "plan.h"

void soak(struct row *rows, unsigned int nr, unsigned long seconds, unsigned long rounds);

#endif /* SOAK_H */
