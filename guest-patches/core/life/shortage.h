/* SPDX-License-Identifier: GPL-2.0-only */
/* Refusals for lack of memory or slots: how much is in use, and by which plugin. */
#ifndef CORE_SHORTAGE_H
#define CORE_SHORTAGE_H

#include "life/registry.h"

/*
 * Describe in @why that the monitor refused to create @plugin with @err: -ENOSPC (no slot) or
 * -ENOMEM. Returns @err. Takes the lock.
 */
int core_refuse_room(const struct core_plugin *plugin, int err, struct core_reason *why);

/*
 * With the lock: -ENOSPC, as the plugin's other windows leave no @nr pages in one piece of
 * its room for windows.
 */
int core_refuse_window(const struct core_plugin *plugin, uint32_t nr, struct core_reason *why);

#endif /* CORE_SHORTAGE_H */
