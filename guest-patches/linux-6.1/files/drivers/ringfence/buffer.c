// SPDX-License-Identifier: GPL-2.0-only
/* Copies of user memory that are granted to plugins. */
#define pr_fmt(fmt) "ringfence: " fmt

#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/uaccess.h>

#include "buffer.h"

static void free_frames(struct buffer *buffer)
{
	u32 i;

	for (i = 0; i < buffer->window.nr && buffer->frames[i].address; i++)
		port_frame_free(buffer->frames[i].address, buffer->frames[i].mfn);
	port_free(buffer->frames);
}

/* Bytes of the buffer that lie on page number @page of it. */
static u32 piece(const struct buffer *buffer, u32 page)
{
	return min_t(u32, PAGE_SIZE, buffer->size - page * PAGE_SIZE);
}

int buffer_take(struct buffer *buffer, u64 user, u32 size, bool writable, struct core_reason *why)
{
	u32 nr = DIV_ROUND_UP(size, PAGE_SIZE), i;
	int err = -ENOMEM;

	if (size > PLUGIN_WINDOW_PAGES_MAX * PAGE_SIZE)
		return core_refuse(why, -EFBIG,
				   "a window of %u bytes is too large: give at most %lu", size,
				   PLUGIN_WINDOW_PAGES_MAX * PAGE_SIZE);
	memset(buffer, 0, sizeof(*buffer));
	buffer->user = u64_to_user_ptr(user);
	buffer->size = size;
	buffer->window.nr = nr;
	buffer->window.flags = writable ? PLUGIN_WINDOW_WRITE : 0;
	buffer->frames = port_alloc(nr * sizeof(*buffer->frames));
	if (!buffer->frames)
		goto refuse;
	buffer->window.frames = buffer->frames;
	for (i = 0; i < nr; i++) {
		struct core_frame *frame = &buffer->frames[i];

		if (port_frame_alloc(&frame->address, &frame->mfn))
			goto fail;
		if (copy_from_user(frame->address, buffer->user + i * PAGE_SIZE,
				   piece(buffer, i))) {
			err = -EFAULT;
			goto fail;
		}
	}
	return 0;
fail:
	free_frames(buffer);
refuse:
	return core_refuse(
		why, err,
		err == -EFAULT ? "the %u bytes for the window cannot be read: give where they are" :
				 "there is no memory for a window of %u bytes: free some",
		size);
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
		/* Not freed: the pages are still mapped for the plugin. */
		pr_warn_ratelimited("%u pages are lost: %s\n", buffer->window.nr, why.text);
		return;
	}
	free_frames(buffer);
}
