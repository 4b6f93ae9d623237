/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rest of the monitor knows of plugins.
 */
#ifndef HV_PLUGIN_H
#define HV_PLUGIN_H

#include <hv/regs.h>

struct plugin;
/* The plugin whose frame is on the plugin stack: set while one runs. */
extern struct plugin *plugin_running;

void plugin_init(void); /* after the boot self-test and gdt_init */
/* An exception or a closed software interrupt of the running plugin. */
void plugin_trap(struct regs *r);
/* The interrupt taken while it ran has been handled: budget, guest events. */
void plugin_interrupted(struct regs *r);

/* Boot self-test (boot/selftest.c): PLUGIN_ENFORCES_* bits. */
extern u32 machine_enforces;
void selftest(void);

#endif
