/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers what plugins ask for through the gate. */
#ifndef CORE_SERVICE_H
#define CORE_SERVICE_H

#include "life/registry.h"

/*
 * Answers one request of a plugin that is BUSY: checks that it may have the
 * service, checks and copies its arguments, and does it. Never waits. Returns
 * the status for the plugin, 0 or a negative errno, and a value:
 *
 *	-EPERM	the plugin may not have it	-EFAULT	not the plugin's memory
 *	-EINVAL	a number out of its range, or no window begins there
 *	-E2BIG	more bytes than the service takes
 */
int core_serve(struct core_plugin *plugin, const struct port_answer *request, uint32_t *value);

/* The name of a service, or NULL if this kernel has none with that number. */
const char *core_service_name(uint32_t number);

#endif /* CORE_SERVICE_H */
