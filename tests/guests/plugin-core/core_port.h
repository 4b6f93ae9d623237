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

#endif /* GUEST_CORE_PORT_H */
