/* SPDX-License-Identifier: MIT */
/* Shared by the files of this guest; the head of main.c says what it shows. */
#ifndef RANDOM_H
#define RANDOM_H

#include <lib/chance.h>
#include <lib/plugin.h>
#include <lib/test.h>

/* text.c: fills one page of text. */
void fill_text(u8 *text);

/* one.c: the plugin of this turn, its window, and counters. */
extern struct test_plugin bad, bystander;
extern u8 *shared; /* page that may be granted as a window */
extern bool shared_writable;
extern u32 events, interrupted, counted; /* counted: calls of the bystander */
void one_init(void);
/* Creates the plugin of a turn; reports a failure if that is refused. */
void one_make(void);
/* Calls the plugin and replies to its requests. Returns the status. */
long one_call(void);

/* harm.c: state that a plugin must not change. */
void harm_init(void);
void harm_before(void);
void harm_after(u32 turn, long status);

#endif
