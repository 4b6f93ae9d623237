/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images: the bytes of a .plg file, copied to kernel memory so that users cannot change them
 * between check and use.
 */
#ifndef RINGFENCE_IMAGE_H
#define RINGFENCE_IMAGE_H

#include <linux/types.h>

#include "core/reason.h"

struct image {
	void *bytes;
	size_t size;
};

/*
 * Copy the @size bytes at @user. May sleep. 0 or an errno with a reason: -EFBIG (above
 * PLG_FILE_MAX), -ENOMEM, -EFAULT.
 */
int image_copy(struct image *image, const void __user *user, u32 size, struct core_reason *why);

/*
 * Read the whole regular file that is open for reading as @fd. May sleep. 0 or an errno with a
 * reason: -EBADF, -EINVAL (not a regular file, or an empty one), -EFBIG, -ENOMEM, or an errno
 * of the read.
 */
int image_read(struct image *image, int fd, struct core_reason *why);

/* Free the bytes, after image_copy() or image_read() returned 0. */
void image_free(struct image *image);

#endif /* RINGFENCE_IMAGE_H */
