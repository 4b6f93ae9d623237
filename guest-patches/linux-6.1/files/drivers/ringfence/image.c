// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images of .plg files; see image.h. A user chooses the size of an image. If the memory for
 * it cannot be had, the result must be an errno: no warning of the allocator in the log, and
 * no process killed by the OOM killer.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "image.h"

static int take_memory(struct image *image, size_t size, struct core_reason *why)
{
	image->size = size;
	image->bytes =
		__vmalloc(max_t(size_t, size, 1), GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (image->bytes)
		return 0;
	return core_refuse(why, -ENOMEM,
			   "there is no memory for the %zu bytes of the image: free some", size);
}

static int refuse_size(s64 size, struct core_reason *why)
{
	return core_refuse(why, -EFBIG,
			   "the image has %lld bytes, a .plg has at most %u MiB: link it with "
			   "plugin-cc, which leaves debug sections out",
			   size, PLG_FILE_MAX >> 20);
}

int image_copy(struct image *image, const void __user *user, u32 size, struct core_reason *why)
{
	int err;

	if (size > PLG_FILE_MAX)
		return refuse_size(size, why);
	err = take_memory(image, size, why);
	if (err)
		return err;
	if (!copy_from_user(image->bytes, user, size))
		return 0;
	image_free(image);
	return core_refuse(why, -EFAULT,
			   "the %u bytes of the image cannot be read: give where it is", size);
}

static int refuse_read(long err, struct core_reason *why)
{
	const char *cause;

	switch (err) {
	case -ETXTBSY:
		cause = "it is open for writing: close it there";
		break;
	case -EIO:
		cause = "it is shorter than it says, or its storage fails: give another copy of it";
		break;
	case -EINVAL:
		cause = "its file system does not let the kernel read it: copy it to another";
		break;
	default:
		cause = "give another copy of it";
	}
	return core_refuse(why, (int)err, "the file cannot be read (error %ld), %s", -err, cause);
}

static int read_file(struct image *image, struct file *file, struct core_reason *why)
{
	s64 size = i_size_read(file_inode(file));
	ssize_t got;
	int err;

	if (!S_ISREG(file_inode(file)->i_mode) || size <= 0)
		return core_refuse(
			why, -EINVAL,
			"the file is not a regular one, or has 0 bytes as files of /proc "
			"have: give a .plg");
	if (size > PLG_FILE_MAX)
		return refuse_size(size, why);
	err = take_memory(image, size, why);
	if (err)
		return err;
	got = kernel_read_file(file, 0, &image->bytes, image->size, NULL, READING_UNKNOWN);
	if (got > 0) {
		image->size = got;
		return 0;
	}
	image_free(image);
	return refuse_read(got ?: -EIO, why);
}

int image_read(struct image *image, int fd, struct core_reason *why)
{
	struct fd file = fdget(fd);
	int err;

	if (!file.file || !(file.file->f_mode & FMODE_READ))
		err = core_refuse(why, -EBADF,
				  "%d is no file that is open for reading: open the .plg", fd);
	else
		err = read_file(image, file.file, why);
	fdput(file);
	return err;
}

void image_free(struct image *image)
{
	vfree(image->bytes);
	image->bytes = NULL;
}
