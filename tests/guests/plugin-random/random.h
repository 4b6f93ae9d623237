/* SPDX-License-Identifier: MIT */
/* What the parts of this guest share; main.c says what it is all for. */
#ifndef RANDOM_H
#define RANDOM_H

#include <lib/chance.h>
#include <lib/plugin.h>
#include <lib/test.h>

/* text.c: fills one page of text. */
void fill_text(u8 *text);

/* one.c: the plugin of this turn, and what it may have. */
extern struct test_plugin bad, bystander;
extern u8 *shared; /* a page that it may get as a window */
extern bool shared_writable;
extern u32 events, interrupted, counted; /* counted: calls of the bystander */
void one_init(void);
/* Makes the plugin of a turn; a failure if it cannot be. */
void one_make(void);
/* Calls it, and answers what it asks for. */
long one_call(void);

/* harm.c: what must be as before. */
void harm_init(void);
void harm_before(void);
void harm_after(u32 turn, long status);

#endif
