/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of /dev/plugins by family. device.c has checked size, flags and
 * privilege of the structure at @arg, a copy in kernel memory; what they leave
 * there is copied out after success. 0 or an errno with a reason.
 */
#ifndef RINGFENCE_IOCTL_H
#define RINGFENCE_IOCTL_H

#include <uapi/linux/ringfence.h>

#include "core/life/registry.h"

/* ioctl_show.c */
int ioctl_info(void *arg, struct core_reason *why);
int ioctl_show(void *arg, struct core_reason *why);
int ioctl_entry(void *arg, struct core_reason *why);
int ioctl_fault(void *arg, struct core_reason *why);
/* With the core's lock: fills in all but head and name. */
void ioctl_tell_fault(const struct core_plugin *plugin, struct ringfence_fault *fault);

/* ioctl_load.c */
int ioctl_load(void *arg, struct core_reason *why);
int ioctl_replace(void *arg, struct core_reason *why);
int ioctl_unload(void *arg, struct core_reason *why);
int ioctl_kill(void *arg, struct core_reason *why);

/* ioctl_call.c */
int ioctl_call(void *arg, struct core_reason *why);

/*
 * device.c: refuse with -EINVAL a string that has no terminating zero in @room
 * bytes, an address that no pointer of this machine holds, and what must be 0.
 */
int ioctl_check_text(const char *text, size_t room, const char *what, struct core_reason *why);
int ioctl_check_pointer(u64 address, const char *what, struct core_reason *why);
int ioctl_check_reserved(u32 reserved, struct core_reason *why);

#endif /* RINGFENCE_IOCTL_H */
