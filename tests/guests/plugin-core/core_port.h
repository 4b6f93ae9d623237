/* SPDX-License-Identifier: MIT */
/* The plugin core's surroundings in a micro-guest: headers. */
#ifndef GUEST_CORE_PORT_H
#define GUEST_CORE_PORT_H

#include <asm-generic/errno.h>
#include <lib/console.h>
#include <lib/types.h>

#include "plugin_op.h"

#include <ringfence/plg.h>

void *memmove(void *to, const void *from, size_t size);

static inline int port_vsnprintf(char *text, size_t size, const char *words, va_list args)
{
	return format(text, size, words, args);
}

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

struct port_mark {
	uint64_t clock;
};

static inline uint32_t port_count_up(uint32_t *counter, uint32_t some)
{
	return __atomic_fetch_add(counter, some, __ATOMIC_ACQ_REL);
}

#endif /* GUEST_CORE_PORT_H */
