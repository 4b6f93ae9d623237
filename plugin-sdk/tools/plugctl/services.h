/* SPDX-License-Identifier: MIT */
/* Sets of services, and the names of services in docs/services.md. */
#ifndef PLUGCTL_SERVICES_H
#define PLUGCTL_SERVICES_H

#include <stdint.h>

#include <linux/ringfence.h>

/*
 * Converts "log,now", "none" or "all" to a set, in which bit n stands for service n. Ends
 * the program if a name is not known.
 */
void services_parse(const char *names, uint32_t set[RINGFENCE_SERVICES_WORDS]);

/*
 * Name of a service; its number in digits if only a newer kernel has the service. Valid
 * until the next call of service_name().
 */
const char *service_name(uint32_t number);

#endif /* PLUGCTL_SERVICES_H */
