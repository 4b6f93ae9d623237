/* SPDX-License-Identifier: MIT */
/*
 * Attacks by a hostile plugin, what must not come to harm by them, and the
 * record: a line "escape N: ..." for a row of docs/threat-model.md, printed
 * only when attacks were made since the last one and nothing has failed.
 */
#ifndef LIB_ESCAPE_H
#define LIB_ESCAPE_H

#include <lib/plugin.h>

/* The plugin that attacks: one page of each part. */
extern struct test_plugin hostile;
/* Calls of it that were attacks, since the last row of the record. */
extern u32 escape_attacks;
/* What the machine at hand is held by. */
extern bool page_mode, limits_hold;

/* Canaries, a bystander and the hostile plugin. */
void escape_init(void);
/* Called when it has been created anew: what it needs besides its pages. */
extern void (*escape_created)(void);
/* Other code for it. */
void escape_code(const u8 *code, const u8 *end);
/*
 * One attack: revived if it is dead, and called with three arguments. Whatever
 * comes of it, the guest's registers, flags, selectors and stack pointer are
 * checked to be what they were.
 */
long escape_call(u32 a, u32 b, u32 c, u32 *value);
/* The record of the last attack that was stopped. */
struct plugin_fault escape_fault(void);
/* Kernel memory, the other plugin, its call and the monitor are well. */
void escape_unharmed(const char *after);
/* "stopped", or "harmless: " and why. */
void escape_row(u32 row, const char *verdict);

#endif /* LIB_ESCAPE_H */
