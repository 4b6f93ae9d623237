/* SPDX-License-Identifier: MIT */
/*
 * Attacks by a hostile plugin, checks of all that an attack must not change, and the
 * record: a line "escape N: ..." for row N of docs/threat-model.md, printed only if
 * attacks were made since the last such line and no check has failed.
 */
#ifndef LIB_ESCAPE_H
#define LIB_ESCAPE_H

#include <lib/plugin.h>

/* The plugin that attacks: one page of each part. */
extern struct test_plugin hostile;
/* Number of attacks since the last line of the record. */
extern u32 escape_attacks;
/* Do plugins run in page mode? Does this machine enforce segment limits? */
extern bool page_mode, limits_hold;

/* Sets up canaries in the guest's memory, a bystander plugin, and the hostile one. */
void escape_init(void);
/* If not NULL, called after `hostile` was created anew, to grant services and the like. */
extern void (*escape_created)(void);
/* Replaces the code of the hostile plugin. */
void escape_code(const u8 *code, const u8 *end);
/*
 * One attack: creates the hostile plugin anew if it is dead, and calls it with three
 * arguments. Checks afterwards that the guest's registers, flags, selectors and stack
 * pointer are unchanged, however the call ended.
 */
long escape_call(u32 a, u32 b, u32 c, u32 *value);
/* The fault record of the last attack that was stopped. */
struct plugin_fault escape_fault(void);
/* Checks that kernel memory, the bystander plugin and its call, and the monitor are unharmed. */
void escape_unharmed(const char *after);
/* Prints the line of a row; the verdict is "stopped", or "harmless: " and the reason. */
void escape_row(u32 row, const char *verdict);

#endif /* LIB_ESCAPE_H */
