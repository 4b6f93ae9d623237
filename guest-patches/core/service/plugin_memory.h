/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plugin's memory as the kernel reads and writes it: by offset in the
 * plugin's segment, through the kernel's own mapping of the frames.
 */
#ifndef CORE_PLUGIN_MEMORY_H
#define CORE_PLUGIN_MEMORY_H

#include "life/registry.h"

/*
 * True if all of the range is mapped for the plugin, for writing if @write. An
 * empty range is always. Unmapped are the page at 0, the guards, what is past
 * the end and, in the room for windows, what is not granted.
 */
bool core_memory_has(const struct core_plugin *plugin, uint32_t offset, uint32_t size, bool write);

/* Copy once, all or nothing: 0 or -EFAULT. For the caller that made it BUSY. */
int core_memory_read(const struct core_plugin *plugin, void *to, uint32_t offset, uint32_t size);
int core_memory_write(const struct core_plugin *plugin, uint32_t offset, const void *from,
		      uint32_t size);

#endif /* CORE_PLUGIN_MEMORY_H */
