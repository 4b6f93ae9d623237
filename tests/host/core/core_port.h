/* SPDX-License-Identifier: MIT */
/* The plugin core's port to the host: libc, with a fake monitor (fake_monitor.c). */
#ifndef HOST_CORE_PORT_H
#define HOST_CORE_PORT_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../../../hv/include/public/plugin_op.h"
#include <ringfence/plg.h>

#define port_vsnprintf vsnprintf

#define likely(what)   __builtin_expect(!!(what), 1)
#define unlikely(what) __builtin_expect(!!(what), 0)

struct port_mark {
	uint64_t clock;
};

static inline uint32_t port_count_up(uint32_t *counter, uint32_t some)
{
	return __atomic_fetch_add(counter, some, __ATOMIC_ACQ_REL);
}

#endif /* HOST_CORE_PORT_H */
