/* SPDX-License-Identifier: GPL-2.0-only */
/* Buffers: a copy of a user process's memory that is a plugin's window for one call. */
#ifndef RINGFENCE_BUFFER_H
#define RINGFENCE_BUFFER_H

#include "core/service/window.h"

struct buffer {
	struct core_window window;
	struct core_frame *frames; /* window.frames, with the copy */
	void __user *user;	   /* the original */
	u32 size;		   /* bytes of both */
};

/*
 * Copy the @size bytes at @user, 1 or more, to new pages, and set up buffer->window for them;
 * the window is not granted yet. May sleep. 0 or an errno with a reason: -EFBIG (more than a
 * window can have), -ENOMEM, -EFAULT.
 */
int buffer_take(struct buffer *buffer, u64 user, u32 size, bool writable, struct core_reason *why);

/* Copy the pages back to the user's memory. May sleep. 0, or -EFAULT with a reason. */
int buffer_give_back(const struct buffer *buffer, struct core_reason *why);

/* Revoke the window if it is granted, and free the pages. May sleep. */
void buffer_drop(struct buffer *buffer);

#endif /* RINGFENCE_BUFFER_H */
