// SPDX-License-Identifier: GPL-2.0-only
/* The services of <ringfence/service_list.h>, and the checks of their arguments. */
#include "service/plugin_memory.h"
#include "service/service.h"
#include "service/serving.h"
#include "service/window.h"

#define ARGS		     2 /* most arguments of a service */
#define ARRAY_SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

enum kind {
	ARG_NONE,
	ARG_U32,
	ARG_IN,
	ARG_OUT,
	ARG_GIVES,
	ARG_WINDOW,
	ARG_VALUE,
	ARG_MAP,
	ARG_ENTRY,
	ARG_PLACE, /* SETS, GETS, KEY: whose sizes the map has */
};

struct argument {
	enum kind kind;
	uint32_t min, max; /* of the number, or of the buffer's bytes */
};

struct service {
	const char *name;
	int (*run)(struct serving *serving);
	struct argument args[ARGS];
};

/*
 * Log one line of a plugin. Bytes that are not printable ASCII become '?', so that a plugin
 * cannot control a terminal; a tab becomes a space, and a CR at the end is dropped.
 */
static void log_line(struct core_plugin *plugin, const uint8_t *bytes, uint32_t size)
{
	char line[BYTES_MAX + 1];
	uint32_t i;

	if (size && bytes[size - 1] == '\r')
		size--;
	for (i = 0; i < size; i++)
		line[i] = bytes[i] == '\t'		      ? ' ' :
			  bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] :
								'?';
	line[i] = 0;
	port_lock();
	core_log_add(&plugin->log, line);
	port_unlock();
	port_log_line(plugin->name, line);
}

/* Log the buffer line by line. A newline at the end begins no further line. */
static int serve_log(struct serving *serving)
{
	uint32_t begin = 0, end;

	do {
		for (end = begin; end < serving->in_size && serving->in[end] != '\n'; end++)
			;
		log_line(serving->plugin, serving->in + begin, end - begin);
		begin = end + 1;
	} while (begin < serving->in_size);
	return 0;
}

static int serve_now(struct serving *serving)
{
	uint64_t now = port_now();

	memcpy(serving->out, &now, sizeof(now));
	return 0;
}

static void describe(const struct core_window *window, struct plugin_window_info *info)
{
	info->offset = window->offset;
	info->length = window->nr * 4096;
	info->flags = window->flags;
}

static int serve_window_info(struct serving *serving)
{
	uint32_t index = serving->number;
	struct core_window *window;
	struct plugin_window_info info;

	port_lock();
	for (window = serving->plugin->windows; window && index; index--)
		window = window->next;
	if (window)
		describe(window, &info);
	port_unlock();
	if (!window)
		return -ENOENT;
	memcpy(serving->out, &info, sizeof(info));
	return 0;
}

static int serve_window_length(struct serving *serving)
{
	serving->value = serving->window.length;
	return 0;
}

static int serve_budget(struct serving *serving)
{
	serving->value = serving->plugin->call_budget_us;
	return 0;
}

static int serve_random(struct serving *serving)
{
	port_random(serving->out, serving->out_size);
	return 0;
}

#define TYPED_NONE             \
	{                      \
		ARG_NONE, 0, 0 \
	}
#define TYPED_U32(name, min, max) \
	{                         \
		ARG_U32, min, max \
	}
#define TYPED_IN(name, max)    \
	{                      \
		ARG_IN, 0, max \
	}
#define TYPED_OUT(name, max)    \
	{                       \
		ARG_OUT, 0, max \
	}
#define TYPED_GIVES(type, name)                       \
	{                                             \
		ARG_GIVES, sizeof(type), sizeof(type) \
	}
#define TYPED_WINDOW(name)       \
	{                        \
		ARG_WINDOW, 0, 0 \
	}
#define TYPED_VALUE(name)       \
	{                       \
		ARG_VALUE, 0, 0 \
	}

#define TYPED_MAP(name)       \
	{                     \
		ARG_MAP, 0, 0 \
	}
#define TYPED_ENTRY(map, key)   \
	{                       \
		ARG_ENTRY, 0, 0 \
	}
#define TYPED_SETS(name)        \
	{                       \
		ARG_PLACE, 0, 0 \
	}
#define TYPED_GETS(name) TYPED_SETS(name)
#define TYPED_KEY(name)	 TYPED_SETS(name)

#define serve_map_open	 core_serve_map_open
#define serve_map_get	 core_serve_map_get
#define serve_map_set	 core_serve_map_set
#define serve_map_delete core_serve_map_delete
#define serve_map_next	 core_serve_map_next
#define serve_map_push	 core_serve_map_push
#define serve_map_lock	 core_serve_map_lock
#define serve_map_unlock core_serve_map_unlock
#define serve_undo	 core_serve_undo
#define serve_map_window core_serve_map_window

#define TABLE_ROW(number, name, description, first, second) \
	[number] = { #name, serve_##name, { TYPED_##first, TYPED_##second } },
static const struct service services[] = { SERVICE_LIST(TABLE_ROW) };

#define FITS_NONE		 1
#define FITS_U32(name, min, max) ((min) <= (max))
#define FITS_IN(name, max)	 ((max) <= BYTES_MAX)
#define FITS_OUT(name, max)	 ((max) <= BYTES_MAX)
#define FITS_GIVES(type, name)	 (sizeof(type) <= BYTES_MAX)
#define FITS_WINDOW(name)	 1
#define FITS_VALUE(name)	 1
#define FITS_MAP(name)		 1
#define FITS_ENTRY(map, key)	 1
#define FITS_SETS(name)		 1
#define FITS_GETS(name)		 1
#define FITS_KEY(name)		 1

#define CHECK_ROW(number, name, description, first, second)                              \
	_Static_assert((number) > 0 && (number) < PLUGIN_SERVICES_MAX && FITS_##first && \
			       FITS_##second,                                            \
		       #name);
SERVICE_LIST(CHECK_ROW)

const char *core_service_name(uint32_t number)
{
	return number < ARRAY_SIZE_OF(services) ? services[number].name : NULL;
}

static int find_window(struct serving *serving, uint32_t offset)
{
	struct core_window *window;

	port_lock();
	for (window = serving->plugin->windows; window; window = window->next)
		if (window->offset == offset) {
			describe(window, &serving->window);
			break;
		}
	port_unlock();
	return window ? 0 : -EINVAL;
}

/*
 * Check and copy the argument in the registers from *@next on, and advance *@next. *@out: the
 * offset in the plugin where the result goes.
 */
static int take(struct serving *serving, const struct argument *arg, const uint32_t **next,
		uint32_t *out)
{
	const uint32_t *at = *next;

	switch (arg->kind) {
	case ARG_U32:
		*next += 1;
		serving->number = at[0];
		return at[0] >= arg->min && at[0] <= arg->max ? 0 : -EINVAL;
	case ARG_IN:
		*next += 2;
		if (at[1] > arg->max)
			return -E2BIG;
		serving->in_size = at[1];
		return core_memory_read(serving->plugin, serving->in, at[0], at[1]);
	case ARG_OUT:
		*next += 2;
		if (at[1] > arg->max)
			return -E2BIG;
		serving->out_size = at[1];
		*out = at[0];
		return core_memory_has(serving->plugin, at[0], at[1], true) ? 0 : -EFAULT;
	case ARG_GIVES:
		*next += 1;
		serving->out_size = arg->max;
		*out = at[0];
		return core_memory_has(serving->plugin, at[0], arg->max, true) ? 0 : -EFAULT;
	case ARG_WINDOW:
		*next += 1;
		return find_window(serving, at[0]);
	case ARG_MAP:
		*next += 1;
		serving->map = at[0];
		return 0;
	case ARG_ENTRY:
		*next += 2;
		serving->map = at[0];
		serving->key = at[1];
		return 0;
	case ARG_PLACE:
		*next += 1;
		serving->place = at[0];
		return 0;
	case ARG_NONE:
	case ARG_VALUE:
		break;
	}
	return 0;
}

/* Add one to a counter of a plugin. Takes the lock, as other tasks read the counter. */
static void count(uint64_t *counter)
{
	port_lock();
	++*counter;
	port_unlock();
}

int core_serve(struct core_plugin *plugin, const struct port_answer *request, uint32_t *value)
{
	const uint32_t registers[] = { request->ebx, request->ecx, request->esi, request->edi };
	const uint32_t *next = registers;
	uint32_t number = request->edx, out = 0, i;
	struct serving serving;
	const struct service *service;
	int err = 0;

	*value = 0;
	count(&plugin->requests);
	/* The monitor passes on allowed services only; checked again as it costs little. */
	if (!core_service_name(number) ||
	    !(plugin->services.allowed[number / 32] & 1u << number % 32)) {
		count(&plugin->rejected);
		return -EPERM;
	}
	if (plugin->switches && 1u << number & SERVICES_NOT_IN_SWITCH)
		return -EBUSY;
	service = &services[number];
	serving.plugin = plugin;
	serving.out_size = 0;
	serving.value = 0;
	for (i = 0; i < ARGS && !err; i++)
		err = take(&serving, &service->args[i], &next, &out);
	if (err) {
		count(&plugin->rejected);
		return err;
	}
	err = service->run(&serving);
	if (!err && serving.out_size)
		err = core_memory_write(plugin, out, serving.out, serving.out_size);
	if (!err)
		*value = serving.value;
	return err;
}
