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

#define PLUGIN_PARAM_U32(name, min, max) uint32_t name
#define PLUGIN_PARAM_IN(name, max)	 const void *name, uint32_t name##_size
#define PLUGIN_PARAM_OUT(name, max)	 void *name, uint32_t name##_size
#define PLUGIN_PARAM_GIVES(type, name)	 type *name
#define PLUGIN_PARAM_WINDOW(name)	 uint32_t name
#define PLUGIN_PARAM_VALUE(name)	 uint32_t *name

#define PLUGIN_NEXT_NONE
#define PLUGIN_NEXT_U32(name, min, max) , PLUGIN_PARAM_U32(name, min, max)
#define PLUGIN_NEXT_IN(name, max)	, PLUGIN_PARAM_IN(name, max)
#define PLUGIN_NEXT_OUT(name, max)	, PLUGIN_PARAM_OUT(name, max)
#define PLUGIN_NEXT_GIVES(type, name)	, PLUGIN_PARAM_GIVES(type, name)
#define PLUGIN_NEXT_WINDOW(name)	, PLUGIN_PARAM_WINDOW(name)
#define PLUGIN_NEXT_VALUE(name)		, PLUGIN_PARAM_VALUE(name)

#define PLUGIN_PUT_NONE
#define PLUGIN_PUT_U32(name, min, max) args[nr++] = name;
#define PLUGIN_PUT_IN(name, max)       \
	args[nr++] = (uint32_t)(name); \
	args[nr++] = name##_size;
#define PLUGIN_PUT_OUT(name, max)    PLUGIN_PUT_IN(name, max)
#define PLUGIN_PUT_GIVES(type, name) args[nr++] = (uint32_t)(name);
#define PLUGIN_PUT_WINDOW(name)	     args[nr++] = name;
#define PLUGIN_PUT_VALUE(name)	     value = name;

#define PLUGIN_STUB(number, name, description, first, second)                                      \
	static __inline__ int32_t plugin_service_##name(PLUGIN_PARAM_##first PLUGIN_NEXT_##second) \
	{                                                                                          \
		uint32_t args[4] = { 0, 0, 0, 0 };                                                 \
		uint32_t *value = NULL;                                                            \
		int nr = 0;                                                                        \
                                                                                                   \
		PLUGIN_PUT_##first PLUGIN_PUT_##second(void) nr;                                   \
		return plugin_service(number, args, value);                                        \
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
