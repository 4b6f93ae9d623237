/* SPDX-License-Identifier: GPL-2.0-only */
/* The plugin core's surroundings in Linux: headers. The functions are in surroundings.c. */
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
