/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the facts about a plugin that <linux/ringfence_facts.h> lists. */
#ifndef RINGFENCE_FACTS_H
#define RINGFENCE_FACTS_H

#include <uapi/linux/ringfence.h>

#include "core/life/registry.h"

/*
 * With the registry's lock: set all fields of @show but head. This is the only place where the
 * driver reads facts; without the lock it could read one half of a 64-bit counter before and
 * the other half after a carry.
 */
void facts_read(const struct core_plugin *plugin, struct ringfence_show *show);

#endif /* RINGFENCE_FACTS_H */
