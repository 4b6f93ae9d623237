/* SPDX-License-Identifier: GPL-2.0-only */
/* The exception table: instructions of the monitor that may fault, each with a fixup. */
#ifndef HV_EXTABLE_H
#define HV_EXTABLE_H

#include <hv/types.h>

u32 extable_find(u32 eip); /* address of the fixup, or 0 */

#endif
