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
 *	MAP(map)		handle of a map, from map_open
 *	ENTRY(map, key)		the same, and pointer to a key of the map's key_size bytes
 *	SETS(name)		pointer to the map's value_size bytes that the kernel reads
 *	GETS(name)		pointer to the map's value_size bytes that the kernel writes
 *	KEY(name)		pointer to the map's key_size bytes that the kernel writes
 *
 * A service has at most one argument of each kind, not both OUT and GIVES, not both MAP and
 * ENTRY, and one of SETS, GETS and KEY.
 * Arguments take EBX, ECX, ESI and EDI in order; IN, OUT and ENTRY take two. The number of a
 * service that is removed is not used again.
 */
#ifndef RINGFENCE_SERVICE_LIST_H
#define RINGFENCE_SERVICE_LIST_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define SERVICE_LIST(SERVICE)                                                                     \
	SERVICE(1, log, "puts a line into the plugin's log and, rate-limited, the kernel's",      \
		IN(text, 128), NONE)                                                              \
	SERVICE(2, now, "nanoseconds since boot", GIVES(uint64_t, ns), NONE)                      \
	SERVICE(3, window_info, "describes the plugin's window with that index",                  \
		U32(index, 0, 4095), GIVES(struct plugin_window_info, info))                      \
	SERVICE(4, window_length, "bytes of the window that begins there", WINDOW(window),        \
		VALUE(length))                                                                    \
	SERVICE(5, budget, "CPU time that the plugin may use in this call, in microseconds",      \
		VALUE(us), NONE)                                                                  \
	SERVICE(6, random, "random bytes", OUT(bytes, 64), NONE)                                  \
	SERVICE(7, map_open, "opens a map, and says which", IN(map, 44), VALUE(handle))           \
	SERVICE(8, map_get, "reads the value of a key", ENTRY(map, key), GETS(value))             \
	SERVICE(9, map_set, "sets the value of a key", ENTRY(map, key), SETS(value))              \
	SERVICE(10, map_delete, "removes a key of a hash", ENTRY(map, key), NONE)                 \
	SERVICE(11, map_next, "the key behind that one; with NULL the first", ENTRY(map, key),    \
		KEY(next))                                                                        \
	SERVICE(12, map_push, "puts a record behind those of a ring", MAP(map), SETS(record))     \
	SERVICE(13, map_lock, "locks a key until the end of the call; with NULL the map",         \
		ENTRY(map, key), NONE)                                                            \
	SERVICE(14, map_unlock, "says that the lock is not needed any more", ENTRY(map, key),     \
		NONE)                                                                             \
	SERVICE(15, undo, "undoes all that the call has changed, and gives back its locks", NONE, \
		NONE)                                                                             \
	SERVICE(18, map_window, "shows a map's table in a window, and says where", MAP(map),      \
		VALUE(offset))

/* Services allowed by default, without plugctl's --allow: 1 to 5. Bit n: service n. */
#define SERVICES_DEFAULT 0x3e

/*
 * Services that are refused with -EBUSY to a graft that the scheduler asks (context SWITCH of
 * <ringfence/point_list.h>): the kernel's generator of random bytes may wake up a task. Bit n: service n.
 */
#define SERVICES_NOT_IN_SWITCH (1u << 6)

/* What window_info writes. Index 0 is the window with the lowest offset; no window: -ENOENT. */
struct plugin_window_info {
	uint32_t offset; /* in the plugin's segment */
	uint32_t length; /* bytes, in whole pages */
	uint32_t flags;	 /* bit 0: the plugin may write */
};

/* Kinds of maps. */
#define PLUGIN_MAP_HASH	 1 /* keys of key_size bytes */
#define PLUGIN_MAP_ARRAY 2 /* key_size is 4: an index */
#define PLUGIN_MAP_RING	 3 /* key_size is 0: records */

/* What map_open reads: the map's name, and what the plugin takes it to be. */
struct plugin_map_request {
	char name[32];
	uint32_t kind; /* PLUGIN_MAP_* */
	uint32_t key_size, value_size;
};

#endif /* RINGFENCE_SERVICE_LIST_H */
