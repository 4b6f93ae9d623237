/* SPDX-License-Identifier: GPL-2.0-only */
/* What target.c has for call.c. */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "life/registry.h"

/* Both with the lock. NULL: the plugin has no such entry, which the second says. */
const struct plg_entry *core_find_entry(const struct core_plugin *plugin, const char *name);
int core_refuse_entry(const struct core_plugin *plugin, const char *name, struct core_reason *why);

#endif /* CORE_TARGET_H */
