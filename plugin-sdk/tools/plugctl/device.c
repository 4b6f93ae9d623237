// SPDX-License-Identifier: MIT
/* ioctls on /dev/plugins. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "failure.h"
#include "name.h"

static char reason_text[RINGFENCE_REASON_SIZE];

const char *reason(void)
{
	return reason_text;
}

static int device_open(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	fd = open(DEVICE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		fail(DEVICE " is not there: this kernel has no plugins, boot it on the Ringfence "
			    "monitor (and mount devtmpfs on /dev)");
	fail(DEVICE " cannot be opened: %s", strerror(errno));
}

int device_run(unsigned long number, void *structure, unsigned int size, unsigned int flags)
{
	struct ringfence_head *head = structure;
	int err;

	memset(head, 0, sizeof(*head));
	head->size = size;
	head->flags = flags;
	head->reason = (uintptr_t)reason_text;
	head->reason_size = sizeof(reason_text);
	reason_text[0] = 0;
	if (!ioctl(device_open(), number, structure))
		return 0;
	err = errno;
	if (!reason_text[0])
		strncpy(reason_text, strerror(err), sizeof(reason_text) - 1);
	return err;
}

struct ringfence_show device_show(const char *name)
{
	struct ringfence_show show = { 0 };

	name_set(show.name, name);
	if (device_run(RINGFENCE_IOC_SHOW, &show, sizeof(show), 0))
		fail("%s", reason());
	return show;
}

int device_fault(const char *name, struct ringfence_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	name_set(fault->name, name);
	return device_run(RINGFENCE_IOC_FAULT, fault, sizeof(*fault), 0);
}
