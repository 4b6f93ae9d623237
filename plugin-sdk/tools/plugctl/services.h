/* SPDX-License-Identifier: MIT */
/* Services by their names, as in docs/services.md. */
#ifndef PLUGCTL_SERVICES_H
#define PLUGCTL_SERVICES_H

#include <stdint.h>

#include <linux/ringfence.h>

/* "log,now", "none" or "all" to a set. Ends the program if a name is not known. */
void services_parse(const char *names, uint32_t set[RINGFENCE_SERVICES_WORDS]);

/* The name, or its number if a newer kernel has it. Valid until the next call. */
const char *service_name(uint32_t number);

static inline int service_in(const uint32_t *set, uint32_t number)
{
	return set[number / 32] >> number % 32 & 1;
}

#define SERVICES_MAX (RINGFENCE_SERVICES_WORDS * 32u)

#endif /* PLUGCTL_SERVICES_H */
