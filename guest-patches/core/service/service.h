/* SPDX-License-Identifier: GPL-2.0-only */
/* Services: the requests of plugins that this kernel answers. */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include "life/registry.h"

/*
 * Carry out a request of a plugin whose call the caller has under way: check that the service
 * is allowed, check and copy the arguments, and run the service. Takes the lock. Unless the call
 * is atomic, services that change a map may sleep, see transaction/wait.h. Returns the status for the plugin, and in *@value the value:
 *
 *	0	the service was carried out
 *	-EPERM	the service is not allowed	-EFAULT	not the plugin's memory
 *	-EINVAL	a number is out of range, or no window begins at the offset
 *	-E2BIG	more bytes than the service takes
 *	-ENOENT	window_info: the plugin has no window with this index
 *
 * and of the services for maps those of map/map.h.
 */
int core_serve(struct core_plugin *plugin, const struct port_answer *request, uint32_t *value);

/* The name of a service, or NULL if this kernel has no service of that number. */
const char *core_service_name(uint32_t number);

#endif /* CORE_SERVICE_H */
