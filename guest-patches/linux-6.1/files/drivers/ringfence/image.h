/* SPDX-License-Identifier: GPL-2.0-only */
/* The bytes of a .plg, in memory of the kernel's own so that they cannot change. */
#ifndef RINGFENCE_IMAGE_H
#define RINGFENCE_IMAGE_H

#include <linux/types.h>

#include "core/reason.h"

struct image {
	void *bytes;
	size_t size;
};

/* A copy of @size bytes at @user. 0 or an errno with a reason. */
int image_copy(struct image *image, const void __user *user, u32 size, struct core_reason *why);

/* A whole regular file that is open for reading. 0 or an errno with a reason. */
int image_read(struct image *image, int fd, struct core_reason *why);

/* After 0 from either. */
void image_free(struct image *image);

#endif /* RINGFENCE_IMAGE_H */
