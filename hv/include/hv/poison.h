/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a debug build (make hv DEBUG=1) does besides: what is given back is
 * filled with a pattern, and looked at before it is used again; and what has to
 * be true whenever a plugin comes or goes is checked. In the usual build all of
 * this is nothing.
 */
#ifndef HV_POISON_H
#define HV_POISON_H

#include <hv/types.h>

struct plugin;
struct regs;

#ifdef HV_DEBUG

void poison(void *at, u32 size);
/* Panics if somebody has written there since. */
void poison_check(const void *at, u32 size, const char *what);
/* The struct of a plugin that is free, but for what it is found by. */
void poison_slot(struct plugin *p);
void poison_slot_check(const struct plugin *p);
/* Entries of the region that no plugin has: never present. */
void poison_region(u32 first, u32 pages);
/* Makes them empty again. */
void poison_region_check(u32 first, u32 pages);

/* A plugin_op begins: the guest runs, and nobody names who is gone. */
void debug_plugin_op(void);
/* The plugin is about to run: it is whole, and as it was left. */
void debug_plugin_runs(struct plugin *p);
/* It has stopped: the guest's frame is as it was. */
void debug_plugin_stops(void);
/* On the guest's stack, just before it runs again. */
void debug_guest_runs(void);
/* A plugin is about to be taken apart; it has been. */
void debug_destroy(const struct plugin *p);
void debug_destroyed(const struct plugin *p);

#define DEBUG_CALL(function) "call " #function "\n"
#define DEBUG_BUILD	     ", debug build"

#else

static always_inline void poison(void *at, u32 size)
{
}
static always_inline void poison_check(const void *at, u32 size, const char *what)
{
}
static always_inline void poison_slot(struct plugin *p)
{
}
static always_inline void poison_slot_check(const struct plugin *p)
{
}
static always_inline void poison_region(u32 first, u32 pages)
{
}
static always_inline void poison_region_check(u32 first, u32 pages)
{
}
static always_inline void debug_plugin_op(void)
{
}
static always_inline void debug_plugin_runs(struct plugin *p)
{
}
static always_inline void debug_plugin_stops(void)
{
}
static always_inline void debug_destroy(const struct plugin *p)
{
}
static always_inline void debug_destroyed(const struct plugin *p)
{
}

#define DEBUG_CALL(function) ""
#define DEBUG_BUILD	     ""

#endif
#endif
