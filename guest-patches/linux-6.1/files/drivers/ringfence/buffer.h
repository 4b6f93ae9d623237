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
 * Allocate a buffer with a copy of the @size bytes at @user, 1 or more, and set up its window;
 * the window is not granted yet. May sleep. Returns the buffer, or an ERR_PTR with a reason:
 * -EFBIG (more than a window can have), -ENOMEM, -EFAULT.
 */
struct buffer *buffer_take(u64 user, u32 size, bool writable, struct core_reason *why);

/* Copy the pages back to the user's memory. May sleep. 0, or -EFAULT with a reason. */
int buffer_give_back(const struct buffer *buffer, struct core_reason *why);

/*
 * Revoke the window if it is granted, and free the buffer and its pages. May sleep. If the
 * monitor refuses, nothing is freed: the plugin has the pages and the core has the window.
 */
void buffer_drop(struct buffer *buffer);

#endif /* RINGFENCE_BUFFER_H */
