/* SPDX-License-Identifier: MIT */
/* Shared by calling.h and grafting.h: services by number, a plugin by name, and the reason. */
#ifndef NAMED_H
#define NAMED_H

#include <stdlib.h>

#include "../check.h"
#include "bytes.h"
#include "fake_monitor.h"
#include <ringfence/service_list.h>

#define NUMBER_OF(number, name, description, first, second) SERVICE_##name = number,
enum { SERVICE_LIST(NUMBER_OF) };

static struct core_reason why;

static inline const struct core_plugin *named(const char *name)
{
	const struct core_plugin *plugin;

	port_lock();
	plugin = core_find(name);
	port_unlock();
	return plugin;
}

/* Where the data of the plugin begins, in its segment. */
static inline uint32_t data_at(const struct core_plugin *plugin)
{
	return PLUGIN_TEXT_BASE + (plugin->nr_text + plugin->nr_rodata) * 4096;
}

/* What a plugin has in its registers when it asks for the time, to be written to its data. */
static inline struct port_answer time_request(const char *name)
{
	return (struct port_answer){ .edx = SERVICE_now, .ebx = data_at(named(name)) };
}

#endif /* NAMED_H */
