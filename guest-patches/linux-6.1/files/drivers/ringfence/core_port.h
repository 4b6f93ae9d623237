/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The headers and macros that the plugin core needs of the kernel that it is ported to (see
 * core/README.md), in Linux. The functions of core/port.h are in surroundings.c and
 * directory.c.
 */
#ifndef RINGFENCE_CORE_PORT_H
#define RINGFENCE_CORE_PORT_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

#include <ringfence/plugin_op.h>
#include <ringfence/plg.h>

#define port_vsnprintf vsnprintf

#endif /* RINGFENCE_CORE_PORT_H */
