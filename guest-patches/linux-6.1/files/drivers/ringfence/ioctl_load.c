// SPDX-License-Identifier: GPL-2.0-only
/* The ioctls that load and end plugins: load, replace, unload, kill. */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "image.h"
#include "ioctl.h"

/*
 * Refuse fields that the load would ignore: a size without an image, services without
 * RINGFENCE_LOAD_SERVICES.
 */
static int check_load(const struct ringfence_load *load, struct core_reason *why)
{
	bool chosen = load->head.flags & RINGFENCE_LOAD_SERVICES;
	int err;

	err = ioctl_check_text(load->name, sizeof(load->name), "name", why) ?:
		      ioctl_check_pointer(load->image, "image", why)	    ?:
		      ioctl_check_reserved(load->reserved, why);
	if (err)
		return err;
	if (!load->image && load->image_size)
		return core_refuse(why, -EINVAL,
				   "the image of %u bytes is at address 0: give where it is, or a "
				   "file and no size",
				   load->image_size);
	if (!chosen && memchr_inv(load->services, 0, sizeof(load->services)))
		return core_refuse(why, -EINVAL,
				   "services are named without RINGFENCE_LOAD_SERVICES: set that "
				   "flag, or name none");
	return 0;
}

/* Load a plugin, new or with @replace in place of the plugin of the same name. */
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
	struct image image;
	int err;

	err = check_load(load, why);
	if (err)
		return err;
	if (load->image)
		err = image_copy(&image, u64_to_user_ptr(load->image), load->image_size, why);
	else
		err = image_read(&image, load->fd, why);
	if (err)
		return err;
	request.image = image.bytes;
	request.size = image.size;
	if (replace)
		err = core_replace(&request, load->head.flags & RINGFENCE_REPLACE_KILL, &load->id,
				   why);
	else
		err = core_load(&request, &load->id, why);
	image_free(&image);
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
