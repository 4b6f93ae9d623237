/* SPDX-License-Identifier: MIT */
/*
 * The services that a plugin may request from the guest kernel. These are made from this
 * list: the kernel's checks of arguments (guest-patches/core/service/service.c), the
 * plugin's stubs (<ringfence/services.h>), plugctl's names, and docs/services.md.
 *
 * SERVICE(number, name, description, argument, argument), where an argument is
 *
 *	NONE
 *	U32(name, min, max)	a number
 *	IN(name, max)		pointer and length of bytes that the kernel reads
 *	OUT(name, max)		pointer and length of bytes that the kernel writes
 *	GIVES(type, name)	pointer to an object that the kernel writes
 *	WINDOW(name)		offset where a window begins
 *	VALUE(name)		no argument: a number that the service returns, in EDX
 *
 * A service has at most one argument of each kind, and not both OUT and GIVES.
 * Arguments take EBX, ECX, ESI and EDI in order; IN and OUT take two. The number of a
 * service that is removed is not used again.
 */
#ifndef RINGFENCE_SERVICE_LIST_H
#define RINGFENCE_SERVICE_LIST_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define SERVICE_LIST(SERVICE)                                                                \
	SERVICE(1, log, "puts a line into the plugin's log and, rate-limited, the kernel's", \
		IN(text, 128), NONE)                                                         \
	SERVICE(2, now, "nanoseconds since boot", GIVES(uint64_t, ns), NONE)                 \
	SERVICE(3, window_info, "describes the plugin's window with that index",             \
		U32(index, 0, 4095), GIVES(struct plugin_window_info, info))                 \
	SERVICE(4, window_length, "bytes of the window that begins there", WINDOW(window),   \
		VALUE(length))                                                               \
	SERVICE(5, budget, "CPU time that the plugin may use in this call, in microseconds", \
		VALUE(us), NONE)                                                             \
	SERVICE(6, random, "random bytes", OUT(bytes, 64), NONE)

/* Services allowed by default, without plugctl's --allow: 1 to 5. Bit n: service n. */
#define SERVICES_DEFAULT 0x3e

/* What window_info writes. Index 0 is the window with the lowest offset; no window: -ENOENT. */
struct plugin_window_info {
	uint32_t offset; /* in the plugin's segment */
	uint32_t length; /* bytes, in whole pages */
	uint32_t flags;	 /* bit 0: the plugin may write */
};

#endif /* RINGFENCE_SERVICE_LIST_H */
