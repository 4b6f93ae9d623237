/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Error numbers of Xen's ABI (EPERM, EINVAL...); functions return them negated.
 */
#ifndef HV_ERRNO_H
#define HV_ERRNO_H

enum errno_value {
#define XEN_ERRNO(name, value) name = value,
#include <xen/errno.h>
};

#endif
