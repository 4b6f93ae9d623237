/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions of the monitor that may fault, and where to go then. */
#ifndef HV_EXTABLE_H
#define HV_EXTABLE_H

#include <hv/types.h>

u32 extable_find(u32 eip); /* the fixup, or 0 */

#endif
