/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the plugin driver have from each other. */
#ifndef RINGFENCE_PLUGINS_H
#define RINGFENCE_PLUGINS_H

struct plugin_info;

/* directory.c: /sys/kernel/plugins. The directory of a plugin has its name. */
int plugins_directory_init(const struct plugin_info *info);

#endif /* RINGFENCE_PLUGINS_H */
