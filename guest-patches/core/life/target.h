/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of target.c for call.c. */
#ifndef CORE_TARGET_H
#define CORE_TARGET_H

#include "life/registry.h"

/* The plugin's entry of that name, or NULL. */
const struct plg_entry *core_find_entry(const struct core_plugin *plugin, const char *name);
/* -ENOENT: the plugin has no entry of that name. */
int core_refuse_entry(const struct core_plugin *plugin, const char *name, struct core_reason *why);

#endif /* CORE_TARGET_H */
