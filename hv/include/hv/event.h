/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels: what the poll of sched_op asks. */
#ifndef HV_EVENT_H
#define HV_EVENT_H

#include <hv/types.h>

bool event_port_pending(u32 port);

#endif
