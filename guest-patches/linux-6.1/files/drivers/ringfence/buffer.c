// SPDX-License-Identifier: GPL-2.0-only
/* Copies of user memory that are granted to plugins. */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "buffer.h"

/* Free the buffer, which may have no array of frames yet, or only the first of its frames. */
static void free_buffer(struct buffer *buffer)
{
	u32 i;

	for (i = 0; buffer->frames && i < buffer->window.nr && buffer->frames[i].address; i++)
		port_frame_free(buffer->frames[i].address, buffer->frames[i].mfn);
	port_free(buffer->frames);
	kfree(buffer);
}

/* Bytes of the buffer that lie on page number @page of it. */
static u32 piece(const struct buffer *buffer, u32 page)
{
	return min_t(u32, PAGE_SIZE, buffer->size - page * PAGE_SIZE);
}

/* Allocate the pages of the buffer, and copy the user's memory. 0, -ENOMEM or -EFAULT. */
static int fill(struct buffer *buffer)
{
	u32 i;

	buffer->frames = port_alloc(buffer->window.nr * sizeof(*buffer->frames));
	if (!buffer->frames)
		return -ENOMEM;
	buffer->window.frames = buffer->frames;
	for (i = 0; i < buffer->window.nr; i++) {
		struct core_frame *frame = &buffer->frames[i];

		if (port_frame_alloc(&frame->address, &frame->mfn))
			return -ENOMEM;
		if (copy_from_user(frame->address, buffer->user + i * PAGE_SIZE, piece(buffer, i)))
			return -EFAULT;
	}
	return 0;
}

struct buffer *buffer_take(u64 user, u32 size, bool writable, struct core_reason *why)
{
	struct buffer *buffer;
	int err = -ENOMEM;

	if (size > PLUGIN_WINDOW_PAGES_MAX * PAGE_SIZE)
		return ERR_PTR(core_refuse(why, -EFBIG,
					   "a window of %u bytes is too large: give at most %lu",
					   size, PLUGIN_WINDOW_PAGES_MAX * PAGE_SIZE));
	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (buffer) {
		buffer->user = u64_to_user_ptr(user);
		buffer->size = size;
		buffer->window.nr = DIV_ROUND_UP(size, PAGE_SIZE);
		buffer->window.flags = writable ? PLUGIN_WINDOW_WRITE : 0;
		err = fill(buffer);
		if (!err)
			return buffer;
		free_buffer(buffer);
	}
	core_refuse(why, err,
		    err == -EFAULT ?
			    "the %u bytes for the window cannot be read: give where they are" :
			    "there is no memory for a window of %u bytes: free some",
		    size);
	return ERR_PTR(err);
}

int buffer_give_back(const struct buffer *buffer, struct core_reason *why)
{
	u32 i;

	for (i = 0; i < buffer->window.nr; i++)
		if (copy_to_user(buffer->user + i * PAGE_SIZE, buffer->frames[i].address,
				 piece(buffer, i)))
			return core_refuse(why, -EFAULT,
					   "the %u bytes of the window cannot be written back: "
					   "give memory that can be",
					   buffer->size);
	return 0;
}

void buffer_drop(struct buffer *buffer)
{
	struct core_reason why;

	if (core_revoke(&buffer->window, &why)) {
		/*
		 * Not freed: the pages are still mapped for the plugin, and the window is in
		 * the plugin's list.
		 */
		pr_warn_ratelimited("%u pages are lost: %s\n", buffer->window.nr, why.text);
		return;
	}
	free_buffer(buffer);
}
