/* SPDX-License-Identifier: GPL-2.0-only */
/* Refusals for want of room: how much there is, who has it, what to do. */
#ifndef CORE_SHORTAGE_H
#define CORE_SHORTAGE_H

#include "life/registry.h"

/*
 * The monitor has refused to create @plugin with @err, -ENOSPC (no slot, or no
 * address space) or -ENOMEM. Returns @err. Without the lock.
 */
int core_refuse_room(const struct core_plugin *plugin, int err, struct core_reason *why);

/* With the lock: @nr pages do not fit into what other windows leave of the room. */
int core_refuse_window(const struct core_plugin *plugin, uint32_t nr, struct core_reason *why);

#endif /* CORE_SHORTAGE_H */
