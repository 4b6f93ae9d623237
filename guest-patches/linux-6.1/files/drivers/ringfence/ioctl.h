/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of /dev/plugins, by file. device.c calls each function in a process's context.
 * @arg is a kernel copy of the ioctl's structure, and device.c has checked its size and flags
 * and the caller's privilege. After success device.c copies the structure out. 0 or an errno
 * with a reason.
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
/*
 * With the registry's lock: fill in the plugin's fault record, all fields but head and name.
 * The plugin must have a record. What is not known of symbol and source is zeroes.
 */
void ioctl_tell_fault(const struct core_plugin *plugin, struct ringfence_fault *fault);

/* ioctl_load.c */
int ioctl_load(void *arg, struct core_reason *why);
int ioctl_replace(void *arg, struct core_reason *why);
int ioctl_unload(void *arg, struct core_reason *why);
int ioctl_kill(void *arg, struct core_reason *why);

/* ioctl_call.c */
int ioctl_call(void *arg, struct core_reason *why);

/* ioctl_graft.c */
int ioctl_attach(void *arg, struct core_reason *why);
int ioctl_detach(void *arg, struct core_reason *why);
int ioctl_point(void *arg, struct core_reason *why);
int ioctl_graft(void *arg, struct core_reason *why);

/* graft_trial.c */
int ioctl_ask(void *arg, struct core_reason *why);

/* ioctl_map.c */
int ioctl_map_create(void *arg, struct core_reason *why);
int ioctl_map_delete(void *arg, struct core_reason *why);
int ioctl_map_show(void *arg, struct core_reason *why);
int ioctl_map_get(void *arg, struct core_reason *why);
int ioctl_map_set(void *arg, struct core_reason *why);
int ioctl_map_remove(void *arg, struct core_reason *why);
int ioctl_map_walk(void *arg, struct core_reason *why);
int ioctl_map_pop(void *arg, struct core_reason *why);

/* device.c: checks of fields; 0, or -EINVAL with a reason. @what names the field there. */

/* A string has a terminating zero in its @room bytes. */
int ioctl_check_text(const char *text, size_t room, const char *what, struct core_reason *why);
/* An address has no more bits than a pointer of this machine. */
int ioctl_check_pointer(u64 address, const char *what, struct core_reason *why);
/* A reserved field is 0. */
int ioctl_check_reserved(u32 reserved, struct core_reason *why);

#endif /* RINGFENCE_IOCTL_H */
