/* SPDX-License-Identifier: MIT */
/* ioctls on /dev/plugins, the plugin driver of the guest kernel. */
#ifndef PLUGCTL_DEVICE_H
#define PLUGCTL_DEVICE_H

#include <linux/ringfence.h>

#define DEVICE "/dev/plugins"

/*
 * Issues ioctl @number on @structure, which has @size bytes and begins with a
 * struct ringfence_head; device_run() fills in that head. Returns 0 or an errno, whose
 * cause reason() gives as one sentence. Ends the program if /dev/plugins cannot be opened.
 */
int device_run(unsigned long number, void *structure, unsigned int size, unsigned int flags);
/* Why the last device_run() failed, as one sentence. Valid until the next device_run(). */
const char *reason(void);

/* Describes the plugin @name. Ends the program on an error, e.g. if there is no such plugin. */
struct ringfence_show device_show(const char *name);

/*
 * Reads the last fault record of the plugin @name. Returns 0 or an errno: ENODATA if
 * there is no record, EPERM if the caller lacks CAP_SYS_ADMIN.
 */
int device_fault(const char *name, struct ringfence_fault *fault);

#endif /* PLUGCTL_DEVICE_H */
