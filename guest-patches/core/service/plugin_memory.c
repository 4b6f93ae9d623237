// SPDX-License-Identifier: GPL-2.0-only
/* Finds the frame of an offset in a plugin, and copies from and to it. */
#include "service/plugin_memory.h"
#include "service/window.h"

#define PAGE 4096u

/* The frame at page @page of the plugin's segment; NULL: not mapped, or not as @write. */
static const struct core_frame *frame_at(const struct core_plugin *plugin, uint32_t page,
					 bool write)
{
	uint32_t text = PLUGIN_TEXT_BASE / PAGE;
	uint32_t data = text + plugin->nr_text + plugin->nr_rodata;
	uint32_t guard = data + plugin->nr_data;
	uint32_t end = guard + 1 + plugin->nr_stack;
	const struct core_window *window;

	if (page < text || page == guard || page == end)
		return NULL;
	if (page < guard)
		return write && page < data ? NULL : &plugin->frames[page - text];
	if (page < end)
		return &plugin->frames[page - text - 1];
	for (window = plugin->windows; window; window = window->next)
		if (page - window->offset / PAGE < window->nr)
			return write && !(window->flags & PLUGIN_WINDOW_WRITE) ?
				       NULL :
				       &window->frames[page - window->offset / PAGE];
	return NULL;
}

bool core_memory_has_held(const struct core_plugin *plugin, uint32_t offset, uint32_t size,
			  bool write)
{
	uint32_t last = offset + size - 1, page;

	if (!size)
		return true;
	if (last < offset)
		return false;
	for (page = offset / PAGE; page <= last / PAGE; page++)
		if (!frame_at(plugin, page, write))
			return false;
	return true;
}

/*
 * Kernel address of @offset, and in *@some how many of @size bytes lie on the same page. The
 * plugin has the range, see core_memory_has_held().
 */
static uint8_t *piece(const struct core_plugin *plugin, uint32_t offset, uint32_t size,
		      uint32_t *some)
{
	uint32_t room = PAGE - offset % PAGE;

	*some = size < room ? size : room;
	return (uint8_t *)frame_at(plugin, offset / PAGE, false)->address + offset % PAGE;
}

bool core_memory_has(const struct core_plugin *plugin, uint32_t offset, uint32_t size, bool write)
{
	bool answer;

	port_lock();
	answer = core_memory_has_held(plugin, offset, size, write);
	port_unlock();
	return answer;
}

int core_memory_read_held(const struct core_plugin *plugin, void *to, uint32_t offset,
			  uint32_t size)
{
	uint8_t *at = to;
	uint32_t some;

	if (!core_memory_has_held(plugin, offset, size, false))
		return -EFAULT;
	for (; size; offset += some, at += some, size -= some) {
		const uint8_t *from = piece(plugin, offset, size, &some);

		memcpy(at, from, some);
	}
	return 0;
}

int core_memory_read(const struct core_plugin *plugin, void *to, uint32_t offset, uint32_t size)
{
	int err;

	port_lock();
	err = core_memory_read_held(plugin, to, offset, size);
	port_unlock();
	return err;
}

int core_memory_write_held(const struct core_plugin *plugin, uint32_t offset, const void *from,
			   uint32_t size)
{
	const uint8_t *at = from;
	uint32_t some;

	if (!core_memory_has_held(plugin, offset, size, true))
		return -EFAULT;
	for (; size; offset += some, at += some, size -= some) {
		uint8_t *to = piece(plugin, offset, size, &some);

		memcpy(to, at, some);
	}
	return 0;
}

int core_memory_write(const struct core_plugin *plugin, uint32_t offset, const void *from,
		      uint32_t size)
{
	int err;

	port_lock();
	err = core_memory_write_held(plugin, offset, from, size);
	port_unlock();
	return err;
}
