/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks of the debug build (make hv DEBUG=1). Freed memory is filled with a pattern,
 * which is checked before the memory is used again; and the invariants of plugins are
 * checked whenever one runs, stops or is destroyed. In the usual build these functions
 * are empty.
 */
#ifndef HV_POISON_H
#define HV_POISON_H

#include <hv/types.h>

struct plugin;
struct regs;

#ifdef HV_DEBUG

void poison(void *at, u32 size);
/* Panic if the pattern was overwritten; `what` names the memory in the message. */
void poison_check(const void *at, u32 size, const char *what);
/* Poison a free plugin's struct, except for handle, state and link. */
void poison_slot(struct plugin *p);
void poison_slot_check(const struct plugin *p);

/* On plugin_op entry: assert that no global points to a destroyed plugin. */
void debug_plugin_op(void);
/* Before p runs: assert that its pages are mapped and its paused call is unchanged. */
void debug_plugin_runs(struct plugin *p);
/* When a plugin stops: assert that the guest's registers are unchanged. */
void debug_plugin_stops(void);
/* Before the guest runs again: record a checksum of the call that was paused. */
void debug_guest_runs(void);
/* Before destroy: assert that p holds all its pages and windows. */
void debug_destroy(const struct plugin *p);
/* After destroy: assert that nothing refers to p, nor to any plugin if it was the last. */
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
