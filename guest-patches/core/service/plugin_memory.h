/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's access to a plugin's memory: by offset in the plugin's segment, through the
 * kernel's own mapping of the frames. All functions take the lock, so that no window is
 * revoked between check and copy; those with _held have it from their callers. Only the caller
 * whose call made the plugin BUSY uses them.
 */
#ifndef CORE_PLUGIN_MEMORY_H
#define CORE_PLUGIN_MEMORY_H

#include "life/registry.h"

/*
 * Is the whole range mapped for the plugin, writable if @write? True if @size is 0. Not mapped
 * are page 0, the guard pages, pages of the room for windows without a window, and all beyond.
 */
bool core_memory_has(const struct core_plugin *plugin, uint32_t offset, uint32_t size, bool write);

/* Copy @size bytes from the plugin's @offset. 0, or -EFAULT and nothing is copied. */
int core_memory_read(const struct core_plugin *plugin, void *to, uint32_t offset, uint32_t size);
/* Copy @size bytes to the plugin's @offset. 0, or -EFAULT and nothing is copied. */
int core_memory_write(const struct core_plugin *plugin, uint32_t offset, const void *from,
		      uint32_t size);

/* As core_memory_has(), core_memory_read() and core_memory_write(), with the lock, which stays held. */
bool core_memory_has_held(const struct core_plugin *plugin, uint32_t offset, uint32_t size,
			  bool write);
int core_memory_read_held(const struct core_plugin *plugin, void *to, uint32_t offset,
			  uint32_t size);
int core_memory_write_held(const struct core_plugin *plugin, uint32_t offset, const void *from,
			   uint32_t size);

#endif /* CORE_PLUGIN_MEMORY_H */
