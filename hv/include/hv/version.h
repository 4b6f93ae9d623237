/* SPDX-License-Identifier: GPL-2.0-only */
/* The release. */
#ifndef HV_VERSION_H
#define HV_VERSION_H
#define RINGFENCE_VERSION "0.1"
#endif
