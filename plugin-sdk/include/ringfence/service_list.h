/* SPDX-License-Identifier: MIT */
/*
 * The services that a plugin may ask its kernel for. This list makes the
 * kernel's argument checks (guest-patches/core/service.c), the plugin's stubs
 * (<ringfence/services.h>), plugctl's names and docs/services.md.
 *
 * SERVICE(number, name, description, argument, argument), where an argument is
 *
 *	NONE
 *	U32(name, min, max)	a number
 *	IN(name, max)		pointer and length of bytes that the kernel reads
 *	OUT(name, max)		pointer and length of bytes that the kernel writes
 *	GIVES(type, name)	pointer to an object that the kernel writes
 *	WINDOW(name)		offset where a window begins
 *	VALUE(name)		no argument: the service gives this number
 *
 * A service has at most one of each. Arguments take EBX, ECX, ESI and EDI in
 * their order. Numbers are never used again for something else.
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
	SERVICE(5, budget, "longest time a call may take, in microseconds", VALUE(us), NONE) \
	SERVICE(6, random, "random bytes", OUT(bytes, 64), NONE)

/* What a plugin may ask for if whoever loads it does not say: 1 to 5. */
#define SERVICES_DEFAULT 0x3e

/* Windows count from 0 in the order of their offsets; -ENOENT after the last. */
struct plugin_window_info {
	uint32_t offset; /* where the plugin sees it */
	uint32_t length; /* bytes, in whole pages */
	uint32_t flags;	 /* bit 0: may be written */
};

#endif /* RINGFENCE_SERVICE_LIST_H */
