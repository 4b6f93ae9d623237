/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The list of facts that the kernel tells about a plugin. A fact is one line here. Made from
 * the list are
 *
 *	struct ringfence_show of <linux/ringfence.h>: a field for each fact, in this order;
 *	the values of these fields (drivers/ringfence/facts.c);
 *	the files in /sys/kernel/plugins/NAME (drivers/ringfence/directory.c);
 *	plugctl's text and JSON (plugin-sdk/tools/plugctl/facts.c);
 *	with scripts/fact-table --update, plugctl's JSON schema and the table in docs/abi.md.
 *
 * FACT(type, name, source, meaning, place, description)
 *
 * name: of the field, of the sysfs file, of the JSON member, and in text.
 * type: U32, U64; NAME, VERSION, DESCRIPTION: a string; SERVICES: a set of services.
 * source: where the driver reads the fact, with the registry's lock:
 *	MEMBER		the member of that name in struct core_plugin
 *	COMPUTED	the function read_NAME() in drivers/ringfence/facts.c
 *	NOTHING		the fact is always 0
 * meaning: what the value is, which decides how it is printed:
 *	NUMBER		a number that may go up and down
 *	COUNT		a number that only grows; an U64 does not overflow, an U32 is modulo 2^32
 *	US		microseconds
 *	BYTES		bytes
 *	OFFSET		an offset in the plugin's segment
 *	ABI		a version, major << 16 | minor
 *	STATE		RINGFENCE_STATE_*
 *	MODE		PLUGIN_MODE_* of plugin_op.h
 *	STATUS		PLUGIN_STATUS_* of plugin_op.h
 *	TEXT		a string
 *	SET		a set of services, by their numbers
 * place: who shows the fact besides the structure:
 *	STRUCT		nobody, or everybody in a way of its own
 *	LIST		sysfs, and plugctl's load, replace, list and show
 *	SHOW		sysfs, and plugctl's show
 *
 * The list is the layout of the structure: new facts go to the end, and no line is removed or
 * moved. A U64 begins at a multiple of 8: put U32s there in pairs.
 */
#ifndef _UAPI_LINUX_RINGFENCE_FACTS_H
#define _UAPI_LINUX_RINGFENCE_FACTS_H

#define RINGFENCE_PLUGIN_FACTS(FACT)                                                              \
	FACT(NAME, name, MEMBER, TEXT, STRUCT, "the name that the plugin has now")                \
	FACT(U32, id, MEMBER, NUMBER, LIST, "never given to another plugin")                      \
	FACT(U32, state, MEMBER, STATE, LIST, "what the plugin does now")                         \
	FACT(U32, mode, MEMBER, MODE, LIST, "how the plugin is held in")                          \
	FACT(U32, abi, MEMBER, ABI, SHOW, "plugin ABI that the plugin was built for")             \
	FACT(U32, budget_us, MEMBER, US, LIST, "limit of a call: CPU time in the plugin")         \
	FACT(U32, text, COMPUTED, BYTES, SHOW, "memory for code, in whole pages")                 \
	FACT(U32, rodata, COMPUTED, BYTES, SHOW, "memory for constants, in whole pages")          \
	FACT(U32, data, COMPUTED, BYTES, SHOW, "memory for data without heap, in pages")          \
	FACT(U32, heap, COMPUTED, BYTES, SHOW, "memory for the heap, in whole pages")             \
	FACT(U32, stack, COMPUTED, BYTES, SHOW, "memory for the stack, in whole pages")           \
	FACT(U32, text_limit, MEMBER, OFFSET, SHOW, "last executable offset")                     \
	FACT(U32, data_limit, MEMBER, OFFSET, SHOW, "last readable offset")                       \
	FACT(U32, nr_entries, MEMBER, NUMBER, STRUCT, "how many entries there are to call")       \
	FACT(U32, last_status, COMPUTED, STATUS, LIST,                                            \
	     "how the last call that failed ended; 0: none did")                                  \
	FACT(U64, calls, MEMBER, COUNT, LIST, "calls that ran")                                   \
	FACT(U64, faults, MEMBER, COUNT, LIST, "calls that ended with a status above 0")          \
	FACT(VERSION, version, COMPUTED, TEXT, LIST, "as the plugin's file says")                 \
	FACT(DESCRIPTION, description, COMPUTED, TEXT, LIST, "as the plugin's file says")         \
	FACT(U64, requests, MEMBER, COUNT, SHOW, "requests for services that reached the kernel") \
	FACT(U64, refused, COMPUTED, COUNT, SHOW,                                                 \
	     "requests not served: forbidden, or bad arguments")                                  \
	FACT(SERVICES, services, COMPUTED, SET, SHOW, "services that the plugin may ask for")     \
	FACT(U32, strikes, COMPUTED, NUMBER, SHOW,                                                \
	     "requests for other services that stop the plugin")                                  \
	FACT(U32, window_room, COMPUTED, BYTES, SHOW, "room for windows, in whole pages")         \
	FACT(U32, windows, COMPUTED, NUMBER, SHOW, "windows that the plugin has now")             \
	FACT(U32, wall_us, MEMBER, US, LIST, "limit of a call: from its begin to its end")        \
	FACT(U32, service_us, MEMBER, US, LIST, "limit of a call: CPU time in services")          \
	FACT(U32, reserved, NOTHING, NUMBER, STRUCT, "0")                                         \
	FACT(U64, cpu_used_us, COMPUTED, US, LIST, "CPU time of all calls, the present one too")  \
	FACT(U64, wall_used_us, COMPUTED, US, LIST, "time from begin to end of all calls")        \
	FACT(U64, service_used_us, COMPUTED, US, LIST, "CPU time in services of all calls")       \
	FACT(U32, grafts, MEMBER, NUMBER, SHOW, "grafts that are attached now")                   \
	FACT(U32, aborts, MEMBER, COUNT, SHOW, "failures of grafts: the kernel decided instead")

/* Declarations of a structure's fields, one for each type. */
#define RINGFENCE_FIELD_U32(name)	  __u32 name
#define RINGFENCE_FIELD_U64(name)	  __aligned_u64 name
#define RINGFENCE_FIELD_NAME(name)	  char name[RINGFENCE_NAME_SIZE]
#define RINGFENCE_FIELD_VERSION(name)	  char name[RINGFENCE_VERSION_SIZE]
#define RINGFENCE_FIELD_DESCRIPTION(name) char name[RINGFENCE_DESCRIPTION_SIZE]
#define RINGFENCE_FIELD_SERVICES(name)	  __u32 name[RINGFENCE_SERVICES_WORDS]

#define RINGFENCE_FIELD(type, name, source, meaning, place, description) \
	RINGFENCE_FIELD_##type(name);

#endif /* _UAPI_LINUX_RINGFENCE_FACTS_H */
