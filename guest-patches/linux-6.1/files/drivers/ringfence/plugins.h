/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions that the files of the driver call of each other. */
#ifndef RINGFENCE_PLUGINS_H
#define RINGFENCE_PLUGINS_H

struct miscdevice;
struct plugin_info;

/* device.c: /dev/plugins */
extern struct miscdevice plugins_device;

/*
 * directory.c: create /sys/kernel/plugins and the monitor's directory in it, for which @info is
 * copied. Called once, at boot. 0 or an errno.
 */
int plugins_directory_init(const struct plugin_info *info);

#endif /* RINGFENCE_PLUGINS_H */
