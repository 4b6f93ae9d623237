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

#endif /* NAMED_H */
