/* SPDX-License-Identifier: MIT */
/* The ABI under test: Xen's public headers from libxen-dev, and plugin_op.h. */
#ifndef LIB_XEN_H
#define LIB_XEN_H

#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00

#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/elfnote.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include <plugin_op.h>

/* Xen's error numbers; <xen/errno.h> makes them an enum of XEN_E*. */
#include <xen/errno.h>

#endif /* LIB_XEN_H */
