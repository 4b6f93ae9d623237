// SPDX-License-Identifier: GPL-2.0-only
/* Ioctls that begin and end the life of a plugin: load, replace, unload, kill. */
#include <linux/err.h>
#include <linux/kernel_read_file.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioctl.h"

/* The file in one buffer of the kernel's own, so that it cannot change. */
static void *read_image(const struct ringfence_load *load, size_t *size, struct core_reason *why)
{
	void *image = NULL;
	ssize_t got;

	if (!load->image) {
		got = kernel_read_file_from_fd(load->fd, 0, &image, PLG_FILE_MAX, NULL,
					       READING_UNKNOWN);
		if (got < 0) {
			core_refuse(why, got,
				    "the file cannot be read (error %zd): give a regular "
				    "file of 1 byte to %u MiB",
				    -got, PLG_FILE_MAX >> 20);
			return ERR_PTR(got);
		}
		*size = got;
		return image;
	}

	*size = load->image_size;
	if (*size > PLG_FILE_MAX) {
		core_refuse(why, -EFBIG,
			    "the image is larger than %u MiB: link it with "
			    "plugin-cc, which leaves debug sections out",
			    PLG_FILE_MAX >> 20);
		return ERR_PTR(-EFBIG);
	}
	image = vmemdup_user(u64_to_user_ptr(load->image), max_t(size_t, *size, 1));
	if (IS_ERR(image))
		core_refuse(why, PTR_ERR(image),
			    "the %zu bytes of the image cannot be read: give where it is", *size);
	return image;
}

static int load_as(struct ringfence_load *load, bool replace, struct core_reason *why)
{
	struct core_load request = {
		.name = load->name,
		.budget_us = load->budget_us,
		.wall_us = load->wall_us,
		.service_us = load->service_us,
		.strikes = load->strikes,
		.allowed = load->head.flags & RINGFENCE_LOAD_SERVICES ? load->services : NULL,
	};
	size_t size;
	void *image;
	int err;

	err = ioctl_check_text(load->name, sizeof(load->name), "name", why);
	if (err)
		return err;
	image = read_image(load, &size, why);
	if (IS_ERR(image))
		return PTR_ERR(image);
	request.image = image;
	request.size = size;
	if (replace)
		err = core_replace(&request, load->head.flags & RINGFENCE_REPLACE_KILL, &load->id,
				   why);
	else
		err = core_load(&request, &load->id, why);
	kvfree(image);
	return err;
}

int ioctl_load(void *arg, struct core_reason *why)
{
	return load_as(arg, false, why);
}

int ioctl_replace(void *arg, struct core_reason *why)
{
	return load_as(arg, true, why);
}

int ioctl_unload(void *arg, struct core_reason *why)
{
	struct ringfence_unload *unload = arg;

	return ioctl_check_text(unload->name, sizeof(unload->name), "name", why) ?:
		       core_unload(unload->name, unload->head.flags & RINGFENCE_UNLOAD_KILL, why);
}

int ioctl_kill(void *arg, struct core_reason *why)
{
	struct ringfence_kill *kill = arg;

	return ioctl_check_text(kill->name, sizeof(kill->name), "name", why) ?:
		       core_kill(kill->name, why);
}
