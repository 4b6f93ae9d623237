/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of a user process as a plugin's window, for one call. */
#ifndef RINGFENCE_BUFFER_H
#define RINGFENCE_BUFFER_H

#include "core/service/window.h"

struct buffer {
	struct core_window window;
	struct core_frame *frames;
	void __user *user;
	u32 size; /* bytes */
};

/* A copy of @size bytes at @user, in pages of the kernel's own. 0 or an errno with a reason. */
int buffer_take(struct buffer *buffer, u64 user, u32 size, bool writable, struct core_reason *why);

/* Copies back what the plugin made of it. */
int buffer_give_back(const struct buffer *buffer, struct core_reason *why);

/* After buffer_take(), granted or not. */
void buffer_drop(struct buffer *buffer);

#endif /* RINGFENCE_BUFFER_H */
