/* SPDX-License-Identifier: MIT */
/*
 * Services of the guest kernel. For each service in docs/services.md there is a function
 * plugin_service_NAME(arguments) that returns 0 or a negative errno. A request for a
 * service that is not allowed is a strike; by default the first strike ends the call.
 * Buffers may lie anywhere in the plugin's memory, windows included.
 */
#ifndef RINGFENCE_SERVICES_H
#define RINGFENCE_SERVICES_H

#include <stddef.h>
#include <stdint.h>

#include <ringfence/service_list.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Requests any service by its number, and returns 0 or a negative errno. With 0, stores
 * the service's value to *@value unless @value is NULL. In crt/service.S.
 */
int32_t plugin_service(uint32_t number, const uint32_t args[4], uint32_t *value);

#define PLUGIN_PARAM_NONE		 void
#define PLUGIN_PARAM_U32(name, min, max) uint32_t name
#define PLUGIN_PARAM_IN(name, max)	 const void *name, uint32_t name##_size
#define PLUGIN_PARAM_OUT(name, max)	 void *name, uint32_t name##_size
#define PLUGIN_PARAM_GIVES(type, name)	 type *name
#define PLUGIN_PARAM_WINDOW(name)	 uint32_t name
#define PLUGIN_PARAM_VALUE(name)	 uint32_t *name
#define PLUGIN_PARAM_MAP(map)		 uint32_t map
#define PLUGIN_PARAM_ENTRY(map, key)	 uint32_t map, const void *key
#define PLUGIN_PARAM_SETS(name)		 const void *name
#define PLUGIN_PARAM_GETS(name)		 void *name
#define PLUGIN_PARAM_KEY(name)		 void *name

#define PLUGIN_NEXT_NONE
#define PLUGIN_NEXT_U32(name, min, max) , PLUGIN_PARAM_U32(name, min, max)
#define PLUGIN_NEXT_IN(name, max)	, PLUGIN_PARAM_IN(name, max)
#define PLUGIN_NEXT_OUT(name, max)	, PLUGIN_PARAM_OUT(name, max)
#define PLUGIN_NEXT_GIVES(type, name)	, PLUGIN_PARAM_GIVES(type, name)
#define PLUGIN_NEXT_WINDOW(name)	, PLUGIN_PARAM_WINDOW(name)
#define PLUGIN_NEXT_VALUE(name)		, PLUGIN_PARAM_VALUE(name)
#define PLUGIN_NEXT_SETS(name)		, PLUGIN_PARAM_SETS(name)
#define PLUGIN_NEXT_GETS(name)		, PLUGIN_PARAM_GETS(name)
#define PLUGIN_NEXT_KEY(name)		, PLUGIN_PARAM_KEY(name)

#define PLUGIN_PUT_NONE
#define PLUGIN_PUT_U32(name, min, max) args[nr++] = name;
#define PLUGIN_PUT_IN(name, max)       \
	args[nr++] = (uint32_t)(name); \
	args[nr++] = name##_size;
#define PLUGIN_PUT_OUT(name, max)    PLUGIN_PUT_IN(name, max)
#define PLUGIN_PUT_GIVES(type, name) args[nr++] = (uint32_t)(name);
#define PLUGIN_PUT_WINDOW(name)	     args[nr++] = name;
#define PLUGIN_PUT_VALUE(name)	     returned = name;
#define PLUGIN_PUT_MAP(map)	     args[nr++] = map;
#define PLUGIN_PUT_ENTRY(map, key) \
	args[nr++] = map;          \
	args[nr++] = (uint32_t)(key);
#define PLUGIN_PUT_SETS(name) args[nr++] = (uint32_t)(name);
#define PLUGIN_PUT_GETS(name) PLUGIN_PUT_SETS(name)
#define PLUGIN_PUT_KEY(name)  PLUGIN_PUT_SETS(name)

#define PLUGIN_STUB(number, name, description, first, second)                                      \
	static __inline__ int32_t plugin_service_##name(PLUGIN_PARAM_##first PLUGIN_NEXT_##second) \
	{                                                                                          \
		uint32_t args[4] = { 0, 0, 0, 0 };                                                 \
		uint32_t *returned = NULL;                                                         \
		int nr = 0;                                                                        \
                                                                                                   \
		PLUGIN_PUT_##first PLUGIN_PUT_##second(void) nr;                                   \
		return plugin_service(number, args, returned);                                     \
	}

SERVICE_LIST(PLUGIN_STUB)

/* Logs @text line by line. A line longer than 128 bytes is split. */
static __inline__ void plugin_log(const char *text)
{
	uint32_t size;

	do {
		size = 0;
		while (size < 128 && text[size] && text[size] != '\n')
			size++;
		plugin_service_log(text, size);
		text += size;
		text += *text == '\n';
	} while (*text);
}

/*
 * Opens the map @name, which must be of that kind and have keys and values of these sizes: with
 * the handle in *@map the kernel reads and writes that many bytes at the pointers it is given.
 * Returns 0 or a negative errno. A handle is the plugin's until the map is deleted.
 */
static __inline__ int32_t plugin_map_open(const char *name, uint32_t kind, uint32_t key_size,
					  uint32_t value_size, uint32_t *map)
{
	struct plugin_map_request open = { { 0 }, kind, key_size, value_size };
	uint32_t i;

	for (i = 0; name[i]; i++) {
		if (i == sizeof(open.name) - 1)
			return -22; /* EINVAL */
		open.name[i] = name[i];
	}
	return plugin_service_map_open(&open, sizeof(open), map);
}

/* Nanoseconds since boot. */
static __inline__ uint64_t plugin_now(void)
{
	uint64_t ns = 0;

	plugin_service_now(&ns);
	return ns;
}

#ifdef __cplusplus
}
#endif

#endif /* RINGFENCE_SERVICES_H */
