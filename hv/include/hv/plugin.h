/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the monitor outside of plugin/ calls and reads of plugins.
 */
#ifndef HV_PLUGIN_H
#define HV_PLUGIN_H

#include <hv/regs.h>

struct plugin;
/* The running plugin, NULL while the guest runs. */
extern struct plugin *plugin_running;

void plugin_init(void); /* after the boot self-test and gdt_init */
/* trap_dispatch() calls this for an exception or `int n` of the running plugin. */
void plugin_trap(struct regs *r);
/*
 * trap_dispatch() calls this when a device interrupt that came while a plugin ran has
 * been handled: checks the budget and suspends the call if the guest has an event.
 */
void plugin_interrupted(struct regs *r);

/* How many plugins were stopped about which fault_log() has not logged a line yet. */
extern u32 fault_unlogged;
/* Logs a line for each of them, as far as the log's rate limit permits. */
void fault_log(void);

/* Boot self-test (boot/selftest.c): PLUGIN_ENFORCES_* bits. */
extern u32 machine_enforces;
void selftest(void);

#endif
